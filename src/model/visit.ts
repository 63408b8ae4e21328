/** `cross`: it passed through, by one fix inside or by the line between two fixes; a cross is never presence. */
export type VisitKind = 'visit' | 'cross';
export type VisitState = 'open' | 'closed' | 'retracted';

/** One version of a visit, as the `visits` stream carries it: whole. */
export interface VisitVersion {
  /** Dense over the district, 1, 2, 3 …; the stream's id is `<transition>-0`. */
  readonly transition: number;
  /** As formatVisitId makes it: `<place>:<unit>:<inner from as first seen>:<log id>`, frozen; a cross has `cross:` before it. */
  readonly visitId: string;
  readonly version: number;
  readonly kind: VisitKind;
  readonly place: string;
  readonly unit: string;
  readonly state: VisitState;
  /** First fix inside, event time, ms; of a cross the only one, or the middle of the line where there is none. */
  readonly innerFromMs: number;
  /** Last fix inside; null while the visit is open. */
  readonly innerToMs: number | null;
  /** Last fix surely outside before it, or the last one before a hole in the trace; null: the trace begins with the visit. */
  readonly outerFromMs: number | null;
  /** First fix surely outside after it, or the first one after a hole; null while open. */
  readonly outerToMs: number | null;
  /** A hole in the trace lies before, or after: nobody saw the unit come, or go. */
  readonly fromHole: boolean;
  readonly toHole: boolean;
  readonly atMs: number;
  readonly logId: string;
  readonly mergedInto: string | null;
  /** Transition of this visit's version before this one. */
  readonly previous: number | null;
}

/** When a visit is over by what a version says, event time, ms; null: it goes on. One that was retracted while it was open was over then. */
export function visitEndMs({
  innerToMs,
  state,
  atMs,
}: Pick<VisitVersion, 'innerToMs' | 'state' | 'atMs'>): number | null {
  return innerToMs ?? (state === 'retracted' ? atMs : null);
}
