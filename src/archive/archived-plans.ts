import { join } from 'node:path';
import type { DuckDBBlobValue } from '@duckdb/node-api';
import { decodeLogEntry } from '../codec/log-codec.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import type { CompiledPlan } from '../model/plan.js';
import type { ArchiveFolder } from './archive-folder.js';
import { quote } from './duck.js';
import { PARTS_FOLDER } from './manifest.js';

/** A plan of the log, and the log time of its entry. */
export interface LoggedPlan {
  readonly plan: CompiledPlan;
  readonly loggedAtMs: number;
}

/** Every plan entry that is archived, in the order of the log; the fixes are not read. Throws `archive-part-unreadable`. */
export async function archivedPlans(archive: ArchiveFolder): Promise<readonly LoggedPlan[]> {
  const files = archive.current.flatMap(({ line }) => line.files.filter(({ table }) => table === 'entries'));
  if (files.length === 0) return [];
  const paths = files.map(({ name }) => quote(join(archive.folder, PARTS_FOLDER, name)));
  const sql =
    `SELECT coalesce(own_ms, log_ms), payload FROM read_parquet([${paths.join(', ')}]) ` +
    `WHERE kind = 'plan' AND payload IS NOT NULL ORDER BY log_ms, log_seq`;
  const duck = await archive.reader();
  try {
    const plans: LoggedPlan[] = [];
    for await (const chunk of duck.chunks(sql)) {
      for (const [ms, payload] of chunk.getRows()) {
        const entry = decodeLogEntry('plan', Buffer.from((payload as DuckDBBlobValue).bytes));
        if (entry.kind === 'plan') plans.push({ plan: entry.plan, loggedAtMs: Number(ms) });
      }
    }
    return plans;
  } catch (error) {
    throw new BeatwatchError('archive-part-unreadable', `plans in ${archive.folder}: got ${messageOf(error)}`);
  }
}
