/** An episode in event time; `toMs` null: it goes on. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number | null;
}

export interface Reconciliation {
  /** [index into standing, index into computed]. */
  readonly kept: readonly (readonly [standing: number, computed: number])[];
  /** Standing ones that nothing computed supports, with the computed one that swallowed it, or null. */
  readonly dropped: readonly (readonly [standing: number, mergedInto: number | null])[];
  /** Computed ones that nothing standing carries yet. */
  readonly fresh: readonly number[];
}

/**
 * E5: which standing record carries which recomputed episode. Both lists are sorted, standing by age. A computed episode
 * takes the oldest standing one that it overlaps; a standing one that overlaps an episode taken by an older one is merged
 * into it; the rest is dropped.
 */
export function reconcile(standing: readonly Span[], computed: readonly Span[]): Reconciliation {
  const owner = new Array<number>(standing.length).fill(-1);
  const kept: [number, number][] = [];
  const fresh: number[] = [];
  for (const [c, episode] of computed.entries()) {
    const s = standing.findIndex((span, index) => owner[index] === -1 && overlaps(span, episode));
    if (s < 0) {
      fresh.push(c);
      continue;
    }
    owner[s] = c;
    kept.push([s, c]);
  }
  const dropped: [number, number | null][] = [];
  for (const [s, span] of standing.entries()) {
    if (owner[s] !== -1) continue;
    const into = computed.findIndex((episode) => overlaps(span, episode));
    dropped.push([s, into < 0 ? null : into]);
  }
  return { kept, dropped, fresh };
}

function overlaps(a: Span, b: Span): boolean {
  return (b.toMs === null || a.fromMs <= b.toMs) && (a.toMs === null || b.fromMs <= a.toMs);
}
