import type { TraceFix, TraceHole, TraceRow } from '../model/trace.js';
import type { Rows } from './table.js';

/** A fix that says where its unit was. */
export type LocatedFix = TraceFix & { readonly lng: number; readonly lat: number };

/** Fixes of one unit with no hole between them, in the order of their event times, which differ. */
export interface Stretch {
  readonly type: 'stretch';
  readonly unit: string;
  /** One at least. */
  readonly fixes: readonly LocatedFix[];
  /** Fixes that are not in it: they do not say where the unit was, or a surer one is of the same instant. */
  readonly leftOut: number;
}

/** A longer stretch comes in pieces: each begins with the last fix of the piece before. */
export const MAX_STRETCH_FIXES = 10_000;

/** The rows of a trace as lines can show them: stretches and holes, in order. */
export async function* stretchesOf(
  rows: Rows<TraceRow>,
  maxFixes = MAX_STRETCH_FIXES,
): AsyncGenerator<Stretch | TraceHole> {
  let open: OpenStretch | null = null;
  for await (const row of rows) {
    if (open !== null && (row.type === 'hole' || row.unit !== open.unit)) {
      if (open.fixes.length > 0) yield closed(open);
      open = null;
    }
    if (row.type === 'hole') {
      yield row;
      continue;
    }
    open ??= { unit: row.unit, fixes: [], leftOut: 0 };
    if (open.fixes.length >= maxFixes && isLater(open, row)) {
      yield closed(open);
      open = { unit: open.unit, fixes: open.fixes.slice(-1), leftOut: 0 };
    }
    addFix(open, row);
  }
  if (open !== null && open.fixes.length > 0) yield closed(open);
}

interface OpenStretch {
  readonly unit: string;
  readonly fixes: LocatedFix[];
  leftOut: number;
}

function closed(open: OpenStretch): Stretch {
  return { type: 'stretch', ...open };
}

function isLater({ fixes }: OpenStretch, row: TraceFix): boolean {
  return isLocated(row) && row.eventTimeMs > (fixes.at(-1)?.eventTimeMs ?? 0);
}

function addFix(open: OpenStretch, row: TraceFix): void {
  if (!isLocated(row)) {
    open.leftOut += 1;
    return;
  }
  const last = open.fixes.at(-1);
  if (last === undefined || row.eventTimeMs > last.eventTimeMs) {
    open.fixes.push(row);
    return;
  }
  open.leftOut += 1;
  if (row.eventTimeMs === last.eventTimeMs && sigmaOf(row) < sigmaOf(last)) open.fixes[open.fixes.length - 1] = row;
}

function isLocated(row: TraceFix): row is LocatedFix {
  return row.lng !== null && row.lat !== null && (row.quality === 'precise' || row.quality === 'vague');
}

function sigmaOf({ sigmaM }: TraceFix): number {
  return sigmaM ?? Number.POSITIVE_INFINITY;
}
