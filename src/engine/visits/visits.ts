import { formatVisitBook } from '../../model/fold-keys.js';
import { formatLogId } from '../../model/log-id.js';
import type { VisitState, VisitVersion } from '../../model/visit.js';
import { newVisitId } from '../../model/visit-id.js';
import { reconcile, type Span } from '../told/reconcile.js';
import type { Crossing, Visit } from '../track/fold.js';
import type { StandingVisit, VisitScope, VisitSlice } from './slice.js';

/**
 * Brings the told visits of one unit to one place in line with what its fixes come to now: opened, closed, corrected or
 * retracted, each as a version. Answers the new versions.
 */
export function updateVisits(state: VisitScope, unit: string, place: string, visits: readonly Visit[]): VisitVersion[] {
  return update(state, { unit, place, kind: 'visit' }, visits);
}

/** The same for the places that it passed through. */
export function updateCrossings(
  state: VisitScope,
  unit: string,
  place: string,
  crossings: readonly Crossing[],
): VisitVersion[] {
  return update(state, { unit, place, kind: 'cross' }, crossings.map(visitOfCrossing));
}

type About = Pick<VisitVersion, 'unit' | 'place' | 'kind'>;

function visitOfCrossing({ fromMs, toMs, insideMs }: Crossing): Visit {
  const at = insideMs ?? Math.floor((fromMs + toMs) / 2);
  return {
    innerFromMs: at,
    outerFromMs: fromMs,
    innerToMs: at,
    outerToMs: toMs,
    open: false,
    closedAtMs: toMs,
    fromHole: false,
    toHole: false,
    cut: false,
    weak: [],
  };
}

function update(state: VisitScope, about: About, visits: readonly Visit[]): VisitVersion[] {
  const key = formatVisitBook(about);
  const book = state.visits.get(key) ?? [];
  if (book.length === 0 && visits.length === 0) return [];
  const standing = book.filter(({ version }) => version.state !== 'retracted');
  const { kept, dropped, fresh } = reconcile(standing.map(spanOfVersion), visits.map(spanOfVisit));
  const out: VisitVersion[] = [];
  const carrier = new Map<number, string>();
  for (const [s, v] of kept) {
    const told = standing[s] as StandingVisit;
    const visit = visits[v] as Visit;
    carrier.set(v, told.version.visitId);
    told.closedAtMs = visit.closedAtMs;
    const facts = factsOf(visit);
    if (!isSame(told.version, facts)) out.push(tell(state, told, facts));
  }
  for (const v of fresh) {
    const visit = visits[v] as Visit;
    const told = open(state, about, visit, book);
    carrier.set(v, told.version.visitId);
    book.push(told);
    out.push(told.version);
  }
  for (const [s, into] of dropped) {
    const told = standing[s] as StandingVisit;
    const mergedInto = into === null ? null : (carrier.get(into) ?? null);
    told.closedAtMs = state.nowMs;
    out.push(tell(state, told, { ...boundsOf(told.version), state: 'retracted', mergedInto }));
  }
  if (book.length > 0) state.visits.set(key, book);
  return out;
}

type Facts = Pick<
  VisitVersion,
  'state' | 'innerFromMs' | 'innerToMs' | 'outerFromMs' | 'outerToMs' | 'fromHole' | 'toHole' | 'mergedInto'
>;

/** A visit is told open until it is closed for good: its end may still move. */
function factsOf(visit: Visit): Facts {
  const closed = visit.closedAtMs !== null;
  const state: VisitState = closed ? 'closed' : 'open';
  return {
    state,
    innerFromMs: visit.innerFromMs,
    innerToMs: closed ? visit.innerToMs : null,
    outerFromMs: visit.outerFromMs,
    outerToMs: closed ? visit.outerToMs : null,
    fromHole: visit.fromHole,
    toHole: closed && visit.toHole,
    mergedInto: null,
  };
}

function boundsOf(version: VisitVersion): Omit<Facts, 'state' | 'mergedInto'> {
  const { innerFromMs, innerToMs, outerFromMs, outerToMs, fromHole, toHole } = version;
  return { innerFromMs, innerToMs, outerFromMs, outerToMs, fromHole, toHole };
}

function isSame(told: VisitVersion, facts: Facts): boolean {
  return (
    told.state === facts.state &&
    told.innerFromMs === facts.innerFromMs &&
    told.innerToMs === facts.innerToMs &&
    told.outerFromMs === facts.outerFromMs &&
    told.outerToMs === facts.outerToMs &&
    told.fromHole === facts.fromHole &&
    told.toHole === facts.toHole
  );
}

function open(state: VisitScope, about: About, visit: Visit, book: readonly StandingVisit[]): StandingVisit {
  const taken = new Set(book.map(({ version }) => version.visitId));
  const version: VisitVersion = {
    transition: nextTransition(state),
    visitId: newVisitId({ ...about, fromMs: visit.innerFromMs, logId: state.lastId }, taken),
    version: 1,
    ...about,
    ...factsOf(visit),
    atMs: state.nowMs,
    logId: formatLogId(state.lastId),
    previous: null,
  };
  return { version, closedAtMs: visit.closedAtMs };
}

function tell(state: VisitScope, told: StandingVisit, facts: Facts): VisitVersion {
  told.version = {
    ...told.version,
    ...facts,
    transition: nextTransition(state),
    version: told.version.version + 1,
    atMs: state.nowMs,
    logId: formatLogId(state.lastId),
    previous: told.version.transition,
  };
  return told.version;
}

/**
 * Tells all that stands as ended with the instant after which nothing is known, and forgets it: what began later is retracted, what was open, or
 * ended later, is closed with its last fix inside until then. `lastInsideMs`: of an open visit.
 */
export function endVisits(
  state: VisitScope,
  sinceMs: number,
  lastInsideMs: (version: VisitVersion) => number,
): VisitVersion[] {
  const out: VisitVersion[] = [];
  for (const key of [...state.visits.keys()].sort()) {
    for (const told of state.visits.get(key) ?? []) {
      const { version } = told;
      if (version.state === 'retracted') continue;
      const bounds = { ...boundsOf(version), mergedInto: null };
      if (version.innerFromMs > sinceMs) out.push(tell(state, told, { ...bounds, state: 'retracted' }));
      else if (version.state === 'open' || (version.innerToMs ?? sinceMs) > sinceMs) {
        const lastMs = version.state === 'open' ? lastInsideMs(version) : sinceMs;
        const innerToMs = Math.max(version.innerFromMs, Math.min(sinceMs, lastMs));
        out.push(tell(state, told, { ...bounds, state: 'closed', innerToMs, outerToMs: null }));
      }
    }
  }
  state.visits.clear();
  return out;
}

/** Places of which something was told of a unit. */
export function toldPlaces(
  { visits }: VisitSlice,
  unit: string,
  kind: About['kind'],
  places: readonly string[],
): readonly string[] {
  return places.filter((place) => visits.has(formatVisitBook({ kind, unit, place })));
}

/** Forgets what was told of visits that were closed for good before the cutoff. */
export function forgetVisits({ visits }: VisitSlice, cutoffMs: number): void {
  for (const [key, book] of visits) {
    const kept = book.filter(({ closedAtMs }) => closedAtMs === null || closedAtMs >= cutoffMs);
    if (kept.length === 0) visits.delete(key);
    else visits.set(key, kept);
  }
}

function nextTransition(state: VisitScope): number {
  state.lastVisit += 1;
  return state.lastVisit;
}

function spanOfVersion({ version }: StandingVisit): Span {
  return { fromMs: version.innerFromMs, toMs: version.innerToMs };
}

function spanOfVisit(visit: Visit): Span {
  return { fromMs: visit.innerFromMs, toMs: visit.closedAtMs === null ? null : visit.innerToMs };
}
