import type { AlertEpisode, AlertVersion } from '../../../src/model/alert.js';
import { intersect, subtract } from '../../../src/model/intervals.js';
import { MAX_SURE_STRETCHES } from '../../../src/model/limits.js';
import { LOG_START } from '../../../src/model/log-id.js';
import type { Intervals } from '../../../src/model/plan.js';
import { MINUTE } from '../../engine/support.js';
import { type Folded, foldEntries, type TimedEntry } from './decoded-log.js';
import { numbered } from './ideal-log.js';
import { standingTexts } from './verdicts.js';
import { differences, type Violation } from './violation.js';

/** Longer than anything that comes in time can change what was said, after the last thing that did. */
const SETTLES_WITHIN_MS = 100 * MINUTE;
const TICK_MS = 9_000;

/** What an alert said when it was confirmed, and may not take back. */
interface Settled {
  readonly fromMs: number;
  /** Log time of the version that was confirmed: up to then it said what was so. */
  readonly judgedAtMs: number;
  readonly episodes: readonly AlertEpisode[];
}

/** What is `confirmed` stands: its start, its episodes that are over and how sure they are, and that it was not retracted. */
export function checkConfirmed({ alerts }: Folded): Violation[] {
  const judgedAtMs = new Map<string, number>();
  const settled = new Map<string, Settled>();
  for (const alert of alerts) {
    const { alertId, rule, change, cause, finality, atMs, fromMs, episodes } = alert;
    if (rule === 'sos' || change === 'refused') continue;
    // What was confirmed in a time that was none is not.
    if (cause === 'resume') settled.delete(alertId);
    const before = settled.get(alertId);
    // A plan ends what it no longer asks for, at its own time.
    const broken = before === undefined || cause === 'plan' ? null : takenBack(before, alert);
    const detail = `${alertId} was confirmed, and is ${change} at ${atMs}: ${broken}`;
    if (broken !== null) return [{ invariant: 'finality', detail }];
    if (finality === 'provisional') judgedAtMs.set(alertId, atMs);
    else settled.set(alertId, { fromMs, judgedAtMs: judgedAtMs.get(alertId) ?? atMs, episodes });
  }
  return [];
}

function takenBack({ fromMs, judgedAtMs, episodes }: Settled, now: AlertVersion): string | null {
  const ended = episodes.filter(({ toMs }) => toMs !== null);
  if (now.condition === 'retracted') return 'retracted';
  if (now.fromMs !== fromMs) return `begins at ${now.fromMs}, not at ${fromMs}`;
  const last = ended.at(-1);
  if (now.toMs !== null && now.toMs < (last?.toMs ?? judgedAtMs))
    return `ended at ${now.toMs}, before ${last?.toMs ?? judgedAtMs}`;
  for (const one of ended) {
    const same = now.episodes.find((episode) => episode.fromMs === one.fromMs);
    // Of many, the first are not listed any more.
    if (same === undefined && (now.episodes[0]?.fromMs ?? 0) > one.fromMs) continue;
    if (same?.toMs !== one.toMs || same.certainty !== one.certainty)
      return `${JSON.stringify(one)} is ${JSON.stringify(same ?? null)} now`;
  }
  for (const one of episodes) {
    const same = now.episodes.find((episode) => episode.fromMs === one.fromMs);
    const unsure = same === undefined ? [] : unsureNow(one, same, now.atMs);
    if (unsure.length > 0) return `it is not sure any more that nobody was there over ${unsure}`;
  }
  return null;
}

/** What the episode said to be sure and no longer does; of many stretches, the first are not listed any more. */
function unsureNow({ sure = [] }: AlertEpisode, { sure: now = [] }: AlertEpisode, atMs: number): Intervals {
  const listedFromMs = now.length < 2 * MAX_SURE_STRETCHES ? 0 : (now[0] ?? 0);
  return subtract(intersect(sure, [listedFromMs, atMs]), now);
}

/** Once nothing can come any more, what is told is final, and the same as in the undisturbed run. Changes both states. */
export function checkFinality(log: readonly TimedEntry[], got: Folded, undisturbed: Folded): Violation[] {
  const [settled, ideal] = [got, undisturbed].map((folded) => standingTexts(afterwards(log, folded), true));
  const detail = differences(settled ?? [], ideal ?? []);
  return detail === null
    ? []
    : [{ invariant: 'finality', detail: `${SETTLES_WITHIN_MS / MINUTE} minutes on: ${detail}` }];
}

function afterwards(log: readonly TimedEntry[], { state, alerts, visits }: Folded): Folded {
  const { id, atMs: lastMs } = log.at(-1) ?? { id: LOG_START, atMs: 0 };
  const ticks = Array.from({ length: SETTLES_WITHIN_MS / TICK_MS }, (_, i) => {
    return { ms: lastMs + (i + 1) * TICK_MS, entry: { kind: 'tick' } as const };
  });
  const more = foldEntries(numbered(ticks, id), undefined, state);
  return { state, alerts: [...alerts, ...more.alerts], visits: [...visits, ...more.visits] };
}
