import type { ArchivedVersions } from '../../src/archive/version-flush.js';
import type { RawVersion } from '../../src/archive/version-chain.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import { formatLogId } from '../../src/model/log-id.js';
import type { VisitVersion } from '../../src/model/visit.js';
import { formatVisitId } from '../../src/model/visit-id.js';
import type { Random } from '../../src/simulator/random.js';

const PLACES = ['gate', 'market', 'square'];
const UNITS = ['car-1', 'car-2', 'foot-1'];

/** Versions of visits that the entries of a log bring about: some open, most end, a few are taken back. */
export function drawVisits(random: Random, log: readonly RawEntry[]): VisitVersion[] {
  const versions: VisitVersion[] = [];
  const open: VisitVersion[] = [];
  const tell = (version: Omit<VisitVersion, 'transition'>): VisitVersion => {
    const told = { ...version, transition: versions.length + 1 };
    versions.push(told);
    return told;
  };
  for (const { id } of log) {
    const about = { atMs: id.ms, logId: formatLogId(id) };
    if (random.chance(0.2)) {
      const [place, unit] = [random.pick(PLACES), random.pick(UNITS)];
      const innerFromMs = id.ms - random.integer(0, 60_000);
      const visitId = formatVisitId({ kind: 'visit', place, unit, fromMs: innerFromMs, logId: id, ordinal: 1 });
      const bounds = { innerFromMs, innerToMs: null, outerFromMs: innerFromMs - 10_000, outerToMs: null };
      const facts = { visitId, version: 1, kind: 'visit', place, unit, state: 'open' } as const;
      const rest = { fromHole: false, toHole: false, mergedInto: null, previous: null };
      open.push(tell({ ...facts, ...bounds, ...about, ...rest }));
    } else if (open.length > 0 && random.chance(0.3)) {
      const [before] = open.splice(random.integer(0, open.length - 1), 1);
      if (before === undefined) continue;
      if (random.chance(0.1)) {
        tell({ ...before, state: 'retracted', version: 2, ...about, previous: before.transition });
        continue;
      }
      const innerToMs = Math.max(before.innerFromMs, id.ms - random.integer(0, 30_000));
      const closed = { state: 'closed', innerToMs, outerToMs: innerToMs + 10_000, version: 2 } as const;
      const last = tell({ ...before, ...closed, ...about, previous: before.transition });
      if (random.chance(0.1)) tell({ ...last, state: 'retracted', version: 3, ...about, previous: last.transition });
    }
  }
  return versions;
}

export function rawVersion(version: VisitVersion): RawVersion {
  return { transition: version.transition, json: canonicalJson(version) };
}

/** The streams of hot state in memory: visits, and no alert. */
export function keptVersions(visits: readonly VisitVersion[], count = 40): ArchivedVersions {
  return {
    read: async (table, after) =>
      table === 'alerts'
        ? []
        : visits
            .filter(({ transition }) => transition > after)
            .slice(0, count)
            .map(rawVersion),
  };
}
