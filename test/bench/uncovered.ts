import { takeHotDelta } from '../../src/engine/hot-view.js';
import { step } from '../../src/engine/pipeline.js';
import { createState } from '../../src/engine/state.js';
import type { Presence } from '../../src/model/hot.js';
import type { LogEntry } from '../../src/model/log-entry.js';
import { PHONE_MODEL, phoneFixes } from '../../src/simulator/phone.js';
import { createRandom, type Random } from '../../src/simulator/random.js';
import { at, checkpointGap, circle, fix, HOUR, MINUTE, plan, T0, unit } from '../engine/support.js';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const HOURS = 100;
const RADIUS_M = 100;
/** Truly this far away, a place that looks covered is neglected. */
const AWAY_M = 300;
/** An exit takes a minute and three fixes to be beyond doubt. */
const LEAVING_MS = 5 * MINUTE;
/** A vague position that agrees with a presence keeps it, and may be wrong. */
const MOST_COVERED_PERCENT = 0.1;

interface Stay {
  readonly fromMs: number;
  readonly toMs: number;
  readonly eastM: number;
  readonly northM: number;
  readonly isInside: boolean;
}

interface Tally {
  stays: number;
  /** Whole minutes of stays of three minutes and more but the first and the last, by what the board said. */
  readonly inside: Record<Presence, number>;
  /** Whole minutes in which the bearer was truly elsewhere. */
  readonly away: Record<Presence, number>;
}

/**
 * Phones that speak in bursts, vaguely, of where they were before: whether the board says `uncovered` while the bearer is truly there,
 * and `covered` while he is truly elsewhere. Fails when it does the one at all, or the other for more than a thousandth of the time.
 */
export async function benchUncovered(): Promise<void> {
  const { burst, pauseMs, stale, jump } = PHONE_MODEL;
  console.log(
    `uncovered: seeds ${SEEDS[0]}-${SEEDS.at(-1)} of ${HOURS} h each; a phone in bursts of ${burst[0]}-${burst[1]} fixes, pauses to ${pauseMs[1] / MINUTE} min, accuracy 5-1,000 m, ${100 * stale} % of bursts begin with a kept position, ${100 * jump} % of fixes jump; radius ${RADIUS_M} m`,
  );
  const startMs = performance.now();
  const sum: Tally = emptyTally();
  for (const seed of SEEDS) add(sum, runPhone(seed));
  const line = ({ covered, unknown, uncovered }: Record<Presence, number>): string =>
    `${covered} covered, ${unknown} unknown, ${uncovered} uncovered`;
  console.log(`  minutes there (${sum.stays} stays):  ${line(sum.inside)}; bar 0 uncovered`);
  const elsewhere = sum.away.covered + sum.away.unknown + sum.away.uncovered;
  const coveredPercent = (100 * sum.away.covered) / elsewhere;
  console.log(
    `  minutes elsewhere:  ${line(sum.away)}: ${coveredPercent.toFixed(3)} % covered; bar ${MOST_COVERED_PERCENT} %`,
  );
  console.log(`  ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
  if (sum.inside.uncovered === 0 && coveredPercent <= MOST_COVERED_PERCENT) return;
  console.error(`uncovered: missed: ${sum.inside.uncovered} false minutes uncovered, ${coveredPercent} % covered`);
  process.exitCode = 1;
}

function emptyTally(): Tally {
  const none = (): Record<Presence, number> => ({ covered: 0, unknown: 0, uncovered: 0 });
  return { stays: 0, inside: none(), away: none() };
}

function add(sum: Tally, one: Tally): void {
  sum.stays += one.stays;
  for (const kind of ['covered', 'unknown', 'uncovered'] as const) {
    sum.inside[kind] += one.inside[kind];
    sum.away[kind] += one.away[kind];
  }
}

/** One bearer, one place, so many hours through the whole fold. */
export function runPhone(seed: number, hours: number = HOURS): Tally {
  const endMs = T0 + hours * HOUR;
  const stays = drawStays(createRandom(seed, 'stays'), endMs);
  const whereAt = (ms: number): { eastM: number; northM: number; isInside: boolean | null } => place(stays, ms);
  const schedules = { always: [T0 - HOUR, endMs + HOUR], 'mode:peak': [], 'mode:off-peak': [], 'mode:low': [] };
  const post = circle('post', at(0), RADIUS_M);
  const foot = unit('foot-1', { kind: 'foot', expectedIntervalMs: 20_000 });
  const state = createState('test');
  let last = { ms: 0, seq: 0 };
  let board: Presence = 'unknown';
  const tally = emptyTally();
  const append = (ms: number, entry: LogEntry): void => {
    last = ms > last.ms ? { ms, seq: 0 } : { ms: last.ms, seq: last.seq + 1 };
    step(state, last, entry);
    board = takeHotDelta(state).coverage.get('post')?.presence ?? board;
    state.touched.alerts.clear();
  };
  const tickTo = (ms: number): void => {
    while (last.ms < ms) {
      const nextMs = Math.min(ms, last.ms + 8_000, (Math.floor(last.ms / MINUTE) + 1) * MINUTE);
      append(nextMs, { kind: 'tick' });
      if (nextMs % MINUTE === 0 && nextMs > T0 + HOUR) score(tally, stays, whereAt(nextMs), nextMs, board);
    }
  };
  append(T0 - 2 * MINUTE, { kind: 'genesis', district: 'test', clock: 'virtual', foldVersion: state.foldVersion });
  append(T0 - 2 * MINUTE, {
    kind: 'plan',
    plan: plan({ places: [post], units: [foot], rules: [checkpointGap(['post'])], schedules }),
  });
  for (const said of phoneFixes(createRandom(seed, 'phone'), whereAt, T0 + 1_000, endMs)) {
    tickTo(said.ms);
    const one = fix(said.ms, at(said.eastM, said.northM), {
      hdopCenti: null,
      satellites: null,
      accuracyDm: Math.round(said.accuracyM * 10),
    });
    append(last.ms, { kind: 'fixes', batches: [{ tracker: 't-foot-1', reportId: '01', fixes: [one], rejected: [] }] });
  }
  tally.stays = stays.filter(({ isInside, toMs, fromMs }) => isInside && toMs - fromMs >= 3 * MINUTE).length;
  return tally;
}

function score(
  tally: Tally,
  stays: readonly Stay[],
  { eastM, northM, isInside }: { eastM: number; northM: number; isInside: boolean | null },
  ms: number,
  board: Presence,
): void {
  if (isInside === true) {
    const stay = stays.find(({ fromMs, toMs }) => fromMs <= ms && ms < toMs);
    if (stay === undefined || stay.toMs - stay.fromMs < 3 * MINUTE) return;
    if (ms < stay.fromMs + MINUTE || ms > stay.toMs - MINUTE) return;
    tally.inside[board] += 1;
    return;
  }
  const isGone = !stays.some((stay) => stay.isInside && ms >= stay.toMs && ms < stay.toMs + LEAVING_MS);
  if (isGone && Math.sqrt(eastM * eastM + northM * northM) > AWAY_M) tally.away[board] += 1;
}

/** In turn at the post and elsewhere, on foot in between. */
function drawStays(random: Random, endMs: number): Stay[] {
  const stays: Stay[] = [];
  for (let ms = T0, inside = false; ms < endMs; inside = !inside) {
    const angle = random.between(0, 2 * Math.PI);
    const distanceM = inside ? random.between(0, 60) : random.between(400, 2_500);
    const lastsMs = inside ? random.integer(3 * MINUTE, 45 * MINUTE) : random.integer(5 * MINUTE, 60 * MINUTE);
    const [eastM, northM] = [distanceM * Math.cos(angle), distanceM * Math.sin(angle)];
    const from = stays.at(-1);
    const wayM = from === undefined ? 0 : Math.hypot(eastM - from.eastM, northM - from.northM);
    const fromMs = ms + Math.round((wayM / 1.5) * 1_000);
    stays.push({ fromMs, toMs: fromMs + lastsMs, eastM, northM, isInside: inside });
    ms = fromMs + lastsMs;
  }
  return stays;
}

/** Where the bearer truly is; `isInside` null: on the way. */
function place(stays: readonly Stay[], ms: number): { eastM: number; northM: number; isInside: boolean | null } {
  const next = stays.findIndex(({ toMs }) => ms < toMs);
  const to = stays[next < 0 ? stays.length - 1 : next] as Stay;
  if (ms >= to.fromMs || next <= 0) return to;
  const from = stays[next - 1] as Stay;
  const share = (ms - from.toMs) / (to.fromMs - from.toMs);
  return {
    eastM: from.eastM + share * (to.eastM - from.eastM),
    northM: from.northM + share * (to.northM - from.northM),
    isInside: null,
  };
}
