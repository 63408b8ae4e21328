import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../../src/simulator/random.js';
import type { AlertVersion } from '../../../src/model/alert.js';
import { canonicalJson } from '../../../src/model/canonical-json.js';
import { formatLogId } from '../../../src/model/log-id.js';
import { decodedLog, foldEntries, type TimedEntry } from '../check/decoded-log.js';
import { idealLog } from '../check/ideal-log.js';
import { Alternation, checkOutages } from '../check/lifecycle.js';
import { checkHot, checkStream } from '../check/outputs.js';
import { checkSnapshot, checkTail } from '../check/snapshots.js';
import type { FaultName } from '../check/met.js';
import { checkVerdicts } from '../check/verdicts.js';
import type { Violation } from '../check/violation.js';
import type { Outcome } from '../run-scenario.js';
import { fixKey } from '../world/trackers.js';
import { drawRealDay, type RealDay } from './draw-real.js';
import { playRealDay, REAL_DISTRICT, type RealRun } from './play-real-day.js';
import { Scope } from './scope.js';

/** A seed takes a quarter of a minute on an idle machine. */
const LONGEST_RUN_MS = 300_000;

/** A seed with real processes: `serve`, its Redis, sockets, kill -9. The same promises as in memory, but for those of the model. */
export async function runRealSeed(seed: number): Promise<Outcome> {
  const scope = new Scope();
  try {
    const day = drawRealDay(seed);
    const run = await inTime(playRealDay(scope, day));
    const { history, skipped, alerts, visits } = run.contents;
    const log = decodedLog(history, skipped);
    const violations = check(run, log, seed);
    const sizes = { entries: log.length, alerts: alerts.length, visits: visits.length };
    return { seed, violations, ...sizes, reloads: { starts: run.starts }, met: metIn(day) };
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return {
      seed,
      violations: [{ invariant: 'crash', detail }],
      entries: 0,
      alerts: 0,
      visits: 0,
      reloads: {},
      met: [],
    };
  } finally {
    await scope.end();
  }
}

function check(
  { contents, told, resyncs, acknowledged }: RealRun,
  log: readonly TimedEntry[],
  seed: number,
): Violation[] {
  const violations: Violation[] = [];
  const last = log.at(-1);
  if (last === undefined || contents.cursorLogId !== formatLogId(last.id)) {
    const detail = `the cursor is at ${contents.cursorLogId}, the log ends at ${last === undefined ? 'nothing' : formatLogId(last.id)}`;
    violations.push({ invariant: 'at rest', detail });
  }
  const alternation = new Alternation();
  const snapshots = new Map(contents.snapshots.map((one) => [formatLogId(one.cursor.logId), one]));
  const folded = foldEntries(
    log,
    (sofar, { id }) => {
      violations.push(...alternation.check(sofar.visits));
      const snapshot = snapshots.get(formatLogId(id));
      if (snapshot !== undefined) violations.push(...checkSnapshot(snapshot, sofar.state));
    },
    undefined,
    REAL_DISTRICT,
  );
  const chosen = createRandom(seed, 'snapshot').shuffled(contents.snapshots)[0];
  if (chosen !== undefined) violations.push(...checkTail(chosen, log, folded));
  violations.push(...checkAcks(log, acknowledged));
  violations.push(
    ...checkStream('alerts', contents.alerts, folded.alerts),
    ...checkStream('visits', contents.visits, folded.visits),
    ...checkHot(contents.hashes, folded, REAL_DISTRICT),
    ...checkTold(contents.alerts, told, resyncs),
    ...checkOutages(log, folded),
    ...checkVerdicts(folded, foldEntries(idealLog(log), undefined, undefined, REAL_DISTRICT)),
  );
  return violations.filter(
    ({ invariant }, index) => violations.findIndex((other) => other.invariant === invariant) === index,
  );
}

/** Something that waits for ever is a violation too. */
async function inTime(run: Promise<RealRun>): Promise<RealRun> {
  const ended = new AbortController();
  const limit = sleep(LONGEST_RUN_MS, null, { signal: ended.signal }).catch(() => null);
  const first = await Promise.race([run, limit]).finally(() => ended.abort());
  if (first === null) throw new Error(`got no end within ${LONGEST_RUN_MS / 1_000} s`);
  return first;
}

function metIn({ kills }: RealDay): FaultName[] {
  const killed = new Set(kills.flatMap(({ victims }) => victims));
  const names = {
    server: 'server killed for real',
    standby: 'standby killed for real',
    redis: 'Redis killed for real',
  } as const;
  return [...killed].map((victim) => names[victim]);
}

function checkAcks(log: readonly TimedEntry[], acknowledged: ReadonlySet<string>): Violation[] {
  const logged = new Set<string>();
  for (const { entry } of log) {
    if (entry.kind !== 'fixes') continue;
    for (const { tracker, fixes } of entry.batches) for (const fix of fixes) logged.add(fixKey(tracker, fix));
  }
  const missing = [...acknowledged].filter((key) => !logged.has(key));
  if (missing.length === 0) return [];
  return [{ invariant: 'acknowledged fixes', detail: `${missing.length} are not in the log, first ${missing[0]}` }];
}

/** The socket adds the name of the message and of the alert's state. */
function checkTold(alerts: readonly AlertVersion[], told: readonly object[], resyncs: number): Violation[] {
  if (resyncs > 0) return [{ invariant: 'subscribers', detail: `told to begin anew ${resyncs} times` }];
  const odd = alerts.findIndex((alert, index) => {
    const { type: _type, state: _state, ...version } = (told[index] ?? {}) as Record<string, unknown>;
    return canonicalJson(version) !== canonicalJson(alert);
  });
  if (odd < 0 && told.length === alerts.length) return [];
  return [{ invariant: 'subscribers', detail: `was told ${told.length} of ${alerts.length}; ${odd + 1} differs` }];
}
