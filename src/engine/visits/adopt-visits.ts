import { formatVisitBook } from '../../model/fold-keys.js';
import { formatLogId } from '../../model/log-id.js';
import type { VisitVersion } from '../../model/visit.js';
import { newVisitId } from '../../model/visit-id.js';
import { booksOf, pairUp } from '../told/pair-up.js';
import type { StandingVisit, VisitScope } from './slice.js';

/** Brings the visits that an older fold has told in line with what this one finds. Answers the versions that differ. */
export function adoptVisits(state: VisitScope, told: readonly VisitVersion[]): VisitVersion[] {
  const theirs = booksOf(told, ({ visitId }) => visitId, formatVisitBook);
  const out: VisitVersion[] = [];
  for (const key of [...new Set([...state.visits.keys(), ...theirs.keys()])].sort()) {
    const book = adoptBook(state, theirs.get(key) ?? [], state.visits.get(key) ?? [], out);
    if (book.length === 0) state.visits.delete(key);
    else state.visits.set(key, book);
  }
  return out;
}

function adoptBook(
  state: VisitScope,
  told: readonly VisitVersion[],
  found: readonly StandingVisit[],
  out: VisitVersion[],
): StandingVisit[] {
  const theirs = told.filter((version) => version.state !== 'retracted');
  const mine = found.filter(({ version }) => version.state !== 'retracted');
  const { both, onlyMine, onlyTheirs } = pairUp(theirs, mine, knownOf, ({ version }) => knownOf(version));
  const book: StandingVisit[] = [];
  const keep = (version: VisitVersion, closedAtMs: number | null) => void book.push({ version, closedAtMs });
  const renamed = new Map<string, string>();
  const taken = new Set(told.map(({ visitId }) => visitId));
  for (const [before, { version, closedAtMs }] of both) {
    renamed.set(version.visitId, before.visitId);
    const differs = BOUNDS.some((bound) => before[bound] !== version[bound]);
    if (differs) out.push(tell(state, before, version, taken));
    keep(differs ? (out.at(-1) as VisitVersion) : before, closedAtMs);
  }
  for (const { version, closedAtMs } of onlyMine) {
    if (isFinal(state, version)) continue;
    const raised = tell(state, null, version, taken);
    renamed.set(version.visitId, raised.visitId);
    out.push(raised);
    keep(raised, closedAtMs);
  }
  for (const [before, into] of onlyTheirs) {
    if (isFinal(state, before)) continue;
    const mergedInto = into === null ? null : (renamed.get(into.version.visitId) ?? null);
    const retracted = tell(state, before, { ...before, state: 'retracted', mergedInto }, taken);
    out.push(retracted);
    keep(retracted, state.nowMs);
  }
  return book.sort((a, b) => a.version.innerFromMs - b.version.innerFromMs);
}

const BOUNDS = ['state', 'innerFromMs', 'innerToMs', 'outerFromMs', 'outerToMs'] as const;

function knownOf({ visitId: id, innerFromMs: fromMs, innerToMs: toMs }: VisitVersion) {
  return { id, fromMs, toMs };
}

function isFinal(state: VisitScope, { innerToMs }: VisitVersion): boolean {
  return innerToMs !== null && innerToMs < state.finalToMs;
}

/** The next version of what was told, or the first. */
function tell(state: VisitScope, before: VisitVersion | null, found: VisitVersion, taken: Set<string>): VisitVersion {
  state.lastVisit += 1;
  const { kind, place, unit, innerFromMs: fromMs } = found;
  const visitId = before?.visitId ?? newVisitId({ kind, place, unit, fromMs, logId: state.lastId }, taken);
  taken.add(visitId);
  return {
    ...found,
    visitId,
    transition: state.lastVisit,
    version: (before?.version ?? 0) + 1,
    previous: before?.transition ?? null,
    atMs: state.nowMs,
    logId: formatLogId(state.lastId),
  };
}
