import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BeatwatchError } from '../model/errors.js';
import { ArchiveFolder } from './archive-folder.js';
import { MANIFEST_FOLDER, readLines } from './manifest.js';

/** Opens an archive that is there, whatever its folder is called: it names its district itself. Codes: `archive-missing`, and those of `readLines`. */
export async function openExistingArchive(folder: string): Promise<ArchiveFolder> {
  const [first] = existsSync(join(folder, MANIFEST_FOLDER)) ? await readLines(folder) : [];
  if (first !== undefined) return await ArchiveFolder.open({ folder, district: first.line.district });
  const expected = 'the archive of a district, such as data/archive/meixian';
  throw new BeatwatchError('archive-missing', `${folder}: got no line of a manifest, expected ${expected}`);
}
