import type { AlertEvidence, WindowFacts, WindowFinding, WindowShortcoming } from '../../model/alert.js';
import { firstEndingAfter } from '../../model/intervals.js';
import { earlier } from '../agenda/instants.js';
import type { Episode, Finding } from '../alerts/episodes.js';
import { limitAt } from '../plan/limits-over.js';
import type { Absence, Attendance } from './attendance.js';
import {
  awaitedMs,
  type CheckpointWindow,
  dueFromMs,
  judgedMs,
  lateFromMs,
  leastAwayMs,
  mayLeaveFromMs,
  mostUntil,
  provenUntil,
  type RememberedWindow,
  tooLongFromMs,
  unexcusedMs,
  type WindowInput,
  windowOf,
} from './window.js';

/**
 * The windows in which a checkpoint was to be manned and was not as it should be: nobody came in time, or nobody came at all, those who had
 * come were away for too long in all, or they left too early. A finding is certain if it holds even with all who may have been there.
 */
export function findWindows(input: WindowInput): Finding {
  const { binds, nowMs, sinceMs } = input;
  const episodes: Episode[] = [];
  let nextMs: number | null = null;
  for (let i = firstEndingAfter(binds, sinceMs - 1); i < binds.length; i += 2) {
    const opensMs = binds[i] as number;
    if (opensMs > nowMs) return { episodes, nextMs: earlier(nextMs, opensMs) };
    const found = judgeWindow(windowOf(input, opensMs, binds[i + 1] as number));
    episodes.push(...found.episodes.filter(({ toMs }) => toMs === null || toMs >= sinceMs));
    nextMs = earlier(nextMs, found.nextMs);
  }
  return { episodes, nextMs };
}

/** What remains known of the window that is not over at `cutoffMs` when all that was before is forgotten. Null: there is none. */
export function rememberWindow(input: WindowInput, cutoffMs: number): RememberedWindow | null {
  const { binds, nowMs } = input;
  const i = firstEndingAfter(binds, cutoffMs - 1);
  const opensMs = binds[i] ?? cutoffMs;
  if (opensMs >= cutoffMs) return null;
  const closesMs = binds[i + 1] as number;
  const untilMs = Math.min(cutoffMs, nowMs, closesMs);
  const window = windowOf(input, opensMs, closesMs);
  const { attendance: proven, trailing } = provenUntil(window, untilMs);
  const { firstMs, lastMs } = proven;
  return {
    opensMs,
    proven,
    most: mostUntil(window, untilMs, firstMs).attendance,
    leastAwayMs: firstMs === null || lastMs === null ? 0 : leastAwayMs(window, lastMs, firstMs),
    isExcused: trailing?.isExcused ?? false,
  };
}

/** An absence that was found, and what it comes to. */
interface Found {
  readonly absence: Absence;
  readonly shortcomings: readonly WindowShortcoming[];
}

interface Look {
  /** Null: nothing is wrong, or it is not known yet. */
  readonly found: Found | null;
  readonly nextMs: number | null;
}

function judgeWindow(window: CheckpointWindow): Finding {
  const { input, closesMs } = window;
  const { nowMs } = input;
  const { attendance, over, trailing } = provenUntil(window, Math.min(nowMs, closesMs));
  const overMs = closesMs + awaitedMs(input);
  const isOver = nowMs >= overMs;
  const looks = over.map((absence) => lookBack(window, absence));
  if (trailing !== null) looks.push(isOver ? lookAtClose(window, trailing) : lookAtRunning(window, trailing));
  else if (!isOver) looks.push({ found: null, nextMs: nextIfLeft(window, attendance) });
  const found = looks.flatMap((one) => one.found ?? []);
  const closeMs = isOver ? null : nowMs < closesMs ? closesMs : overMs;
  const countsMs = arrivalOf(window)?.countsFromMs ?? null;
  const nextMs = looks.reduce((soonestMs, look) => earlier(soonestMs, look.nextMs), earlier(closeMs, countsMs));
  const last = found.at(-1);
  if (last === undefined) return { episodes: [], nextMs };
  const goesOn = !isOver && last.absence === trailing;
  const facts = factsOf(window, found, attendance, goesOn);
  return { episodes: found.map((one) => episodeOf(window, one, facts, goesOn && one === last)), nextMs };
}

/** An absence that somebody ended. */
function lookBack(window: CheckpointWindow, absence: Absence): Look {
  const dueMs = dueFromMs(window, absence);
  if (dueMs === null || absence.toMs <= dueMs) return { found: null, nextMs: null };
  const atMs = judgedMs(window, absence.fromMs, dueMs);
  if (atMs > window.input.nowMs) return { found: null, nextMs: atMs };
  return { found: { absence, shortcomings: [whileAway(window, absence, dueMs)] }, nextMs: null };
}

/** An absence that goes on, in a window that is not over. */
function lookAtRunning(window: CheckpointWindow, absence: Absence): Look {
  const { nowMs } = window.input;
  const dueMs = dueFromMs(window, absence);
  // What it comes to then is found when the window is over.
  if (dueMs === null || dueMs >= window.closesMs) return { found: null, nextMs: null };
  const arrival = arrivalOf(window);
  const judgedAtMs = judgedMs(window, absence.fromMs, dueMs);
  // Who came in time ends it by staying: nothing is raised that would be taken back.
  const atMs = arrival === null || arrival.fromMs > dueMs ? judgedAtMs : Math.max(judgedAtMs, arrival.countsFromMs);
  if (atMs > nowMs) return { found: null, nextMs: atMs };
  const one = whileAway(window, absence, dueMs);
  const isOpen = one.is === 'absence' && !one.certain;
  const nextMs = earlier(isOpen ? certainFromMs(window, absence) : null, excusedUntilMs(window, absence));
  return { found: { absence, shortcomings: [one] }, nextMs };
}

/** When an absence that goes on is too much even without the times of those who had been called away. Null: it is, or never will be. */
function excusedUntilMs(window: CheckpointWindow, { fromMs, before, isExcused }: Absence): number | null {
  if (before.firstMs === null || isExcused || before.excusedMs === 0) return null;
  const atMs = tooLongFromMs(window, fromMs, { ...before, awayMs: unexcusedMs(before, null) });
  return atMs === null || atMs <= window.input.nowMs ? null : atMs;
}

function leftEarly({ isExcused }: Absence, certain: boolean): WindowShortcoming {
  return { is: 'early-leave', certain, ...(isExcused ? { excused: true } : {}) };
}

/** The first of those who came in the window and are there now, but not for long enough yet to count. */
function arrivalOf({
  input,
  closesMs,
}: CheckpointWindow): { readonly fromMs: number; readonly countsFromMs: number } | null {
  const { covered, countsAfterMs, nowMs } = input;
  const span = covered.find(
    (one) => one.toMs >= nowMs && one.fromMs < closesMs && one.toMs - one.fromMs < countsAfterMs(one),
  );
  return span === undefined ? null : { fromMs: span.fromMs, countsFromMs: span.fromMs + countsAfterMs(span) };
}

/** When it would be too much, if who is there now leaves now and nothing more is heard; or if nobody comes. */
function nextIfLeft(window: CheckpointWindow, before: Attendance): number | null {
  const { nowMs } = window.input;
  const dueMs = dueFromMs(window, { fromMs: nowMs, before });
  return dueMs === null || dueMs >= window.closesMs ? null : judgedMs(window, nowMs, dueMs);
}

/** The window is over, and its last absence went on until then. */
function lookAtClose(window: CheckpointWindow, absence: Absence): Look {
  const { closesMs } = window;
  const atMs = judgedMs(window, absence.fromMs, closesMs);
  // What was told goes on no longer; what else it comes to is found once the reports of an outage have come.
  if (atMs > window.input.nowMs) {
    const { found, nextMs } = lookBack(window, absence);
    return { found, nextMs: earlier(nextMs, atMs) };
  }
  const { firstMs } = absence.before;
  const dueMs = dueFromMs(window, absence);
  const most = mostUntil(window, closesMs, firstMs).attendance;
  const shortcomings: WindowShortcoming[] = [];
  if (firstMs === null) {
    if (most.firstMs !== null && dueMs !== null && most.firstMs > dueMs)
      shortcomings.push({ is: 'late', certain: true });
    shortcomings.push({ is: 'missed', certain: most.firstMs === null });
  } else {
    if (dueMs !== null && dueMs < closesMs) shortcomings.push(whileAway(window, absence, dueMs));
    const stayMs = mayLeaveFromMs(window);
    if (absence.fromMs < stayMs) shortcomings.push(leftEarly(absence, most.lastMs === null || most.lastMs < stayMs));
  }
  return { found: shortcomings.length === 0 ? null : { absence, shortcomings }, nextMs: null };
}

/** Late, or away for too long in all, and whether that is certain. Of a later absence it is only if nobody can have filled it. */
function whileAway(window: CheckpointWindow, { fromMs, toMs, before }: Absence, dueMs: number): WindowShortcoming {
  const { firstMs } = before;
  if (firstMs === null) return { is: 'late', certain: isLateForCertain(window, toMs, dueMs) };
  const leastMs = leastAwayMs(window, toMs, firstMs);
  const isTooLong = leastMs >= absenceLimitMs(window, dueMs);
  return { is: 'absence', certain: isTooLong && leastMs > leastAwayMs(window, fromMs, firstMs) };
}

function isLateForCertain(window: CheckpointWindow, untilMs: number, dueMs: number): boolean {
  const { firstMs } = mostUntil(window, untilMs, null).attendance;
  return firstMs === null || firstMs > dueMs;
}

function absenceLimitMs({ input }: CheckpointWindow, atMs: number): number {
  return limitAt(input.limits, atMs)?.rule.absenceMs ?? 0;
}

/** The earliest instant at which an absence that goes on may be certain though nothing is heard: doubt may end with a duty or an outage. */
function certainFromMs(window: CheckpointWindow, { before, toMs }: Absence): number {
  const { nowMs } = window.input;
  const { attendance, trailing } = mostUntil(window, toMs, before.firstMs);
  const fromMs = trailing?.fromMs ?? nowMs;
  return Math.max(nowMs + 1, tooLongFromMs(window, fromMs, attendance) ?? nowMs + 1);
}

/** What is told of the window as a whole: each finding once, as surely as it is at its surest. */
function factsOf(
  window: CheckpointWindow,
  found: readonly Found[],
  attendance: Attendance,
  goesOn: boolean,
): WindowFacts {
  const { opensMs, closesMs } = window;
  const { firstMs, firstUnit, awayMs, excusedMs } = attendance;
  const findings = new Map<WindowFinding, WindowShortcoming>();
  const lateMs = lateFromMs(window);
  const isLate = firstMs !== null && lateMs !== null && firstMs > lateMs;
  if (isLate) findings.set('late', { is: 'late', certain: isLateForCertain(window, firstMs, lateMs) });
  for (const { shortcomings } of found)
    for (const one of shortcomings)
      findings.set(one.is, { ...one, certain: one.certain || findings.get(one.is)?.certain === true });
  const last = found.at(-1)?.absence;
  const unended = last !== undefined && last.byUnit === null && last.before.firstMs !== null ? last : null;
  const counted = goesOn || unended === null ? 0 : unended.toMs - unended.fromMs;
  const hasAbsence = findings.has('absence') && firstMs !== null;
  if (hasAbsence) findings.set('absence', absenceSoFar(window, attendance, firstMs, unended));
  const countedExcusedMs = excusedMs + (unended?.isExcused === true ? counted : 0);
  return {
    opensMs,
    closesMs,
    findings: [...findings.values()],
    ...(isLate && firstUnit !== null ? { arrived: { unit: firstUnit, atMs: firstMs } } : {}),
    ...(hasAbsence ? { awayMs: awayMs + counted } : {}),
    ...(hasAbsence && countedExcusedMs > 0 ? { excusedMs: countedExcusedMs } : {}),
  };
}

/** Absences that are forgotten count as those that are found now. `unended`: one that goes on, or did when the window closed. */
function absenceSoFar(
  window: CheckpointWindow,
  attendance: Attendance,
  firstMs: number,
  unended: Absence | null,
): WindowShortcoming {
  const untilMs = Math.min(window.input.nowMs, window.closesMs);
  const limitMs = absenceLimitMs(window, untilMs - 1);
  const certain = leastAwayMs(window, untilMs, firstMs) >= limitMs;
  const excused = unexcusedMs(attendance, unended) < limitMs;
  return { is: 'absence', certain, ...(excused ? { excused } : {}) };
}

function episodeOf(
  window: CheckpointWindow,
  { absence, shortcomings }: Found,
  facts: WindowFacts,
  goesOn: boolean,
): Episode {
  const { fromMs, toMs, before } = absence;
  const isCertain = shortcomings.some(({ certain }) => certain);
  const limit = limitAt(window.input.limits, Math.min(toMs, window.closesMs - 1));
  return {
    fromMs,
    toMs: goesOn ? null : toMs,
    certainty: isCertain ? 'uncovered' : 'unknown',
    evidence: {
      ...(before.lastUnit === null || before.lastMs === null
        ? {}
        : { lastUnit: before.lastUnit, lastSeenMs: before.lastMs }),
      ...(goesOn ? {} : endOf(absence)),
      ...(isCertain ? {} : whoMayBe(window, absence, goesOn)),
      window: facts,
      ...(limit === null
        ? {}
        : { thresholdMs: limit.rule.absenceMs, graceMs: limit.rule.graceMs, planVersion: limit.planVersion }),
    },
  };
}

function whoMayBe({ hiding, input }: CheckpointWindow, { fromMs, toMs }: Absence, goesOn: boolean): AlertEvidence {
  const spans = hiding().filter((span) => span.fromMs < toMs && span.toMs > fromMs);
  const possibleUnits = [...new Set(spans.map(({ unit }) => unit))].sort();
  const unseenUnits = goesOn ? possibleUnits.filter(input.isUnseen) : [];
  if (possibleUnits.length === 0) return {};
  return unseenUnits.length === 0 ? { possibleUnits } : { possibleUnits, unseenUnits };
}

/** Somebody came, or nobody is wanted there any more. */
function endOf({ byUnit, toMs }: Absence): AlertEvidence {
  return byUnit === null ? { ending: 'window' } : { ending: 'arrival', byUnit, byEventTimeMs: toMs };
}
