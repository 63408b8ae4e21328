import { createHash } from 'node:crypto';
import { countersOf, takeHotDelta } from '../../src/engine/hot-view.js';
import { step } from '../../src/engine/pipeline.js';
import { createState } from '../../src/engine/state.js';
import type { AlertVersion } from '../../src/model/alert.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import type { HotDelta } from '../../src/model/hot.js';
import { MAX_ENTRIES_PER_READ } from '../../src/model/limits.js';
import type { VisitVersion } from '../../src/model/visit.js';
import { standing } from '../engine/verdicts.js';
import type { NamedLog } from './logs.js';

/** What a log comes to, as short hashes: a change that only makes the fold faster leaves them as they are. */
export interface Meaning {
  readonly log: string;
  readonly entries: number;
  /** All versions of alerts, and of visits. */
  readonly alerts: string;
  readonly visits: string;
  /** The verdicts that stand at the end. */
  readonly verdicts: string;
  /** Hot state after each read, whatever was written of it in that read. */
  readonly hot: string;
}

export async function meaningOf(log: NamedLog): Promise<Meaning> {
  const state = createState(log.district);
  const alerts: AlertVersion[] = [];
  const visits: VisitVersion[] = [];
  const hot = new HotMirror();
  const hotHash = createHash('sha256');
  let entries = 0;
  const read = (): void => {
    hot.apply(takeHotDelta(state));
    hotHash.update(hot.text()).update(canonicalJson(countersOf(state)));
  };
  for await (const { id, entry, atMs } of log.lines()) {
    const out = step(state, id, entry, atMs);
    alerts.push(...out.alerts);
    visits.push(...out.visits);
    entries += 1;
    if (entries % MAX_ENTRIES_PER_READ === 0) read();
  }
  read();
  return {
    log: log.name,
    entries,
    alerts: short(alerts.map((version) => canonicalJson(version))),
    visits: short(visits.map((version) => canonicalJson(version))),
    verdicts: short([canonicalJson(standing({ alerts, visits }))]),
    hot: hotHash.digest('hex').slice(0, 16),
  };
}

/** Hot state as Redis would hold it. */
class HotMirror {
  readonly #records = new Map<string, string>();

  apply(delta: HotDelta): void {
    for (const kind of ['positions', 'units', 'coverage', 'tasks', 'openAlerts'] as const) {
      for (const [key, record] of delta[kind]) {
        if (record === null) this.#records.delete(`${kind} ${key}`);
        else this.#records.set(`${kind} ${key}`, canonicalJson(record));
      }
    }
  }

  text(): string {
    return [...this.#records]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, text]) => `${key} ${text}`)
      .join('\n');
  }
}

function short(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\n');
  return `${parts.length}:${hash.digest('hex').slice(0, 16)}`;
}
