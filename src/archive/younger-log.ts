import { BeatwatchError } from '../model/errors.js';
import { compareLogIds, formatLogId, type LogId } from '../model/log-id.js';
import type { ArchiveFolder } from './archive-folder.js';

/**
 * A4: throws `archive-ahead` when a log ends before its archive does. Then Redis has lost what is archived, and the next entries would be
 * others under ids that the archive has.
 */
export function refuseYoungerLog({ folder, district, upTo }: ArchiveFolder, last: LogId): void {
  if (compareLogIds(last, upTo) >= 0) return;
  const got = `a log of ${district} that ends at ${formatLogId(last)}`;
  const message = `${folder}: got ${got}, expected one that reaches ${formatLogId(upTo)}, up to where it is archived: restore Redis, or move the archive away to begin anew`;
  throw new BeatwatchError('archive-ahead', message, { district });
}
