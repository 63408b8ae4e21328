import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../../src/simulator/random.js';
import type { AlertVersion } from '../../../src/model/alert.js';
import { canonicalJson } from '../../../src/model/canonical-json.js';
import { toLngLat } from '../../../src/model/position.js';
import { formatLogId } from '../../../src/model/log-id.js';
import { decodedLog, foldEntries, type TimedEntry } from '../check/decoded-log.js';
import { idealLog } from '../check/ideal-log.js';
import { Alternation, checkOutages } from '../check/lifecycle.js';
import { checkHot, checkStream } from '../check/outputs.js';
import { checkSnapshot, checkTail } from '../check/snapshots.js';
import type { FaultName } from '../check/met.js';
import { checkVerdicts } from '../check/verdicts.js';
import type { Violation } from '../check/violation.js';
import { firstOfEach, type Outcome } from '../run-scenario.js';
import { fixKey } from '../world/trackers.js';
import { drawRealDay, type RealDay } from './draw-real.js';
import { type DeploymentRun, REAL_DISTRICT } from './deployment.js';
import { playRealDay, type RealRun } from './play-real-day.js';
import { Scope } from './scope.js';
import { versionTold } from '../../support/told-version.js';

/** A seed takes a quarter of a minute on an idle machine. */
const LONGEST_RUN_MS = 300_000;

/** A seed with real processes: `serve`, its Redis, sockets, kill -9. The same promises as in memory, but for those of the model. */
export async function runRealSeed(seed: number): Promise<Outcome> {
  const scope = new Scope();
  try {
    const day = drawRealDay(seed);
    const run = await inTime(playRealDay(scope, day));
    const { history, alerts, visits } = run.production.contents;
    const violations = [...check(run.production, seed), ...(run.training === null ? [] : check(run.training, seed))];
    const sizes = { entries: history.length, alerts: alerts.length, visits: visits.length };
    return { seed, violations: firstOfEach(violations), ...sizes, reloads: { starts: run.starts }, met: metIn(day) };
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

/** A deployment keeps every promise by what is in its own log: nothing of another one's is in it, or seen through it. */
function check(run: DeploymentRun, seed: number): Violation[] {
  const { contents, told, resyncs, acknowledged } = run;
  const log = decodedLog(contents.history, contents.skipped);
  const violations: Violation[] = [...checkApart(run, log)];
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
    ...contents.archiveFaults.map((detail) => ({ invariant: 'archive', detail }) as const),
  );
  return violations;
}

/** What the supervisor was shown is in this deployment's log, and trackers were welcomed again only where their server was. */
function checkApart({ shown, starts, welcomes, trackers }: DeploymentRun, log: readonly TimedEntry[]): Violation[] {
  const own = new Set<string>();
  for (const { entry } of log) {
    if (entry.kind !== 'fixes') continue;
    for (const { tracker, fixes } of entry.batches)
      for (const { eventTimeMs, position } of fixes)
        if (position !== null) own.add(placeName(tracker, eventTimeMs, toLngLat(position)));
  }
  const strange = shown.find(
    ({ tracker, eventTimeMs, lng, lat }) => !own.has(placeName(tracker, eventTimeMs, [lng, lat])),
  );
  if (strange !== undefined)
    return [{ invariant: 'deployments', detail: `a position of another log is shown: ${JSON.stringify(strange)}` }];
  if (welcomes <= trackers * starts) return [];
  const detail = `${trackers} trackers were welcomed ${welcomes} times by a server that started ${starts} times`;
  return [{ invariant: 'deployments', detail }];
}

function placeName(tracker: string, eventTimeMs: number, [lng, lat]: readonly [number, number]): string {
  return `${tracker}/${eventTimeMs}/${lng}/${lat}`;
}

/** Something that waits for ever is a violation too. */
async function inTime(run: Promise<RealRun>): Promise<RealRun> {
  const ended = new AbortController();
  const limit = sleep(LONGEST_RUN_MS, null, { signal: ended.signal }).catch(() => null);
  const first = await Promise.race([run, limit]).finally(() => ended.abort());
  if (first === null) throw new Error(`got no end within ${LONGEST_RUN_MS / 1_000} s`);
  return first;
}

function metIn({ kills, training }: RealDay): FaultName[] {
  const killed = new Set(kills.flatMap(({ victims }) => victims));
  const names = {
    server: 'server killed for real',
    standby: 'standby killed for real',
    archive: 'archive killed for real',
    redis: 'Redis killed for real',
  } as const;
  const beside: FaultName[] = training === null ? [] : ['two deployments on one Redis'];
  return [...beside, ...[...killed].map((victim) => names[victim])];
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

function checkTold(alerts: readonly AlertVersion[], told: readonly object[], resyncs: number): Violation[] {
  if (resyncs > 0) return [{ invariant: 'subscribers', detail: `told to begin anew ${resyncs} times` }];
  const odd = alerts.findIndex(
    (alert, index) => canonicalJson(versionTold(told[index] ?? {})) !== canonicalJson(alert),
  );
  if (odd < 0 && told.length === alerts.length) return [];
  return [{ invariant: 'subscribers', detail: `was told ${told.length} of ${alerts.length}; ${odd + 1} differs` }];
}
