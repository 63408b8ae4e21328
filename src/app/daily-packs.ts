import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DistrictReports } from '../api/deps.js';
import { writeWholeFile } from '../files/whole-file.js';
import type { SettledDay } from '../model/day-record.js';
import { messageOf } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import { packName } from '../reports/pack.js';

/** The folder in the archive of a district that holds the pack of each settled day, for somebody to fetch. */
const PACKS_FOLDER = 'packs';
/** So many of the last settled days are looked at: a day may still be corrected for half of them. */
const DAYS_BACK = 31;

export interface DailyPacksOptions {
  /** The archive of the district. */
  readonly folder: string;
  readonly district: string;
  readonly reports: DistrictReports;
  readonly logger: Logger;
}

/**
 * Makes the pack of each settled day that has none yet, and of each correction. A pack appears whole under its name, or not at all. One that
 * cannot be made is left for the next time.
 */
export async function keepPacks({ folder, district, reports, logger }: DailyPacksOptions): Promise<void> {
  const settled = (await reports.settledDays()).slice(-DAYS_BACK);
  if (settled.length === 0) return;
  const packs = join(folder, PACKS_FOLDER);
  await mkdir(packs, { recursive: true, mode: 0o700 });
  const there = new Set(await readdir(packs));
  for (const day of settled) {
    const name = packFileName(district, day);
    if (there.has(name)) continue;
    try {
      const { bytes } = await reports.make({ is: 'pack', day: day.day });
      await writeWholeFile(join(packs, name), bytes);
      logger.info({ district, day: day.day, pack: name }, 'the pack of a day is made');
    } catch (error) {
      const facts = { district, day: day.day, error: messageOf(error) };
      logger.warn(facts, 'the pack of a day cannot be made; it is tried again');
    }
  }
}

/** `meixian-2026-11-24.zip`; of a correction with its number: `meixian-2026-11-24-1.zip`. */
function packFileName(district: string, { day, settlements }: SettledDay): string {
  const corrections = settlements.length - 1;
  return `${packName({ district, day })}${corrections === 0 ? '' : `-${corrections}`}.zip`;
}
