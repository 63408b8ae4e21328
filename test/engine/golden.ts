import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { encodeFixColumns } from '../../src/codec/fix-columns.js';
import { encodeLogEntry } from '../../src/codec/log-codec.js';
import { dumpState } from '../../src/engine/snapshot.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import { formatLogId } from '../../src/model/log-id.js';
import { drawScenario, play } from './scenario.js';
import { type Bench, HOUR, MINUTE, T0 } from './support.js';

// D1: what a drawn district's log comes to, as hashes that are the same on every machine and every Node. A change of the fold that
// is meant changes them: `UPDATE_GOLDEN=1 node dist/test/engine/golden-main.js`, and read what of the counts has changed.

const SEED = 11;
const FILE = new URL('../../../test/engine/golden.json', import.meta.url);

export interface Golden {
  readonly seed: number;
  /** What went in: if this differs, the scenario does, not the fold. */
  readonly log: Hashed;
  readonly alerts: Hashed;
  readonly visits: Hashed;
  /** Of the snapshot: its JSON before deflate, whose bytes are zlib's business, and its columns of fixes. */
  readonly state: Hashed;
  readonly fixColumns: Hashed;
  /** Versions of alerts by rule, certainty and change. */
  readonly told: Readonly<Record<string, number>>;
}

interface Hashed {
  readonly count: number;
  readonly sha256: string;
}

export function committedGolden(): Golden {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Golden;
}

export function writeGolden(golden: Golden): void {
  writeFileSync(FILE, `${JSON.stringify(golden, null, 2)}\n`);
}

/** Runs the scenario: geometry, standing units, prisms and discs of silent ones, plans, outages, acts. */
export function computeGolden(): Golden {
  const arrivals = drawScenario(SEED, { hours: 1.5, delayMs: 20 * MINUTE, plans: true, events: true });
  const bench = play(arrivals, { untilMs: T0 + 2.2 * HOUR });
  const { state, fixes } = dumpState(bench.state);
  const columns = encodeFixColumns(fixes.flatMap(({ fixes: held, points }) => [held, points]));
  return {
    seed: SEED,
    log: hashed(bench.log.flatMap(({ id, entry }) => [formatLogId(id), encodeLogEntry(entry)])),
    alerts: hashed(bench.alerts.map(canonicalJson)),
    visits: hashed(bench.visits.map(canonicalJson)),
    state: hashed([canonicalJson(state)]),
    fixColumns: hashed([columns]),
    told: toldOf(bench),
  };
}

function hashed(parts: readonly (string | Uint8Array)[]): Hashed {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\n');
  return { count: parts.length, sha256: hash.digest('hex') };
}

function toldOf({ alerts }: Bench): Record<string, number> {
  const told = new Map<string, number>();
  for (const { rule, certainty, change } of alerts) {
    const key = `${rule} ${certainty} ${change}`;
    told.set(key, (told.get(key) ?? 0) + 1);
  }
  return Object.fromEntries([...told].sort(([a], [b]) => (a < b ? -1 : 1)));
}
