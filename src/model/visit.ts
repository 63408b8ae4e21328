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
  /** Last fix outside before; null when there is none. */
  readonly outerFromMs: number | null;
  /** First fix outside after; null while open. */
  readonly outerToMs: number | null;
  readonly atMs: number;
  readonly logId: string;
  readonly mergedInto: string | null;
  /** Transition of this visit's version before this one. */
  readonly previous: number | null;
}
