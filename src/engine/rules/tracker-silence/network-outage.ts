import { NETWORK_OUTAGE_MS } from '../../../model/limits.js';
import type { Episode } from '../../alerts/episodes.js';

/** Fewer units than this are no network. */
const LEAST_UNITS = 3;

/** Most units of a rule fell silent together; log time. */
export interface NetworkOutage {
  readonly fromMs: number;
  toMs: number | null;
  /** Sorted; those that fall silent while it lasts join. */
  units: readonly string[];
  /** The most units on duty at any time in it. */
  onDuty: number;
}

export interface UnitInNetwork {
  readonly unit: string;
  /** Its last word, log time, when it is silent, or two heartbeats overdue; null: it speaks. */
  readonly quietSinceMs: number | null;
  readonly isSilent: boolean;
  readonly silentAfterMs: number;
}

export interface NetworkInput {
  readonly nowMs: number;
  readonly onDuty: readonly UnitInNetwork[];
  /** Outages so far; the last may be going on. Brought up to date here. */
  readonly outages: NetworkOutage[];
  readonly planVersion: number;
}

/**
 * Network outage: more than half of the units on duty fell silent within NETWORK_OUTAGE_MS of each other. It is
 * found when the first of them counts as silent and the others are overdue, so that no silence of its own is told before it.
 * While it lasts, every unit that falls silent joins. It ends when no more than half are quiet.
 */
export function findNetworkOutages(input: NetworkInput): Episode[] {
  const { outages, onDuty, nowMs } = input;
  const quiet = onDuty.flatMap((one) => (one.quietSinceMs === null ? [] : [{ ...one, sinceMs: one.quietSinceMs }]));
  const isMost = (some: readonly object[]): boolean => some.length >= LEAST_UNITS && 2 * some.length > onDuty.length;
  const running = outages.at(-1);
  if (running !== undefined && running.toMs === null) {
    // One that was silent before it began has a fault of its own.
    const joins = quiet.filter(({ sinceMs, silentAfterMs }) => sinceMs + silentAfterMs > running.fromMs);
    running.units = [...new Set([...running.units, ...joins.map(({ unit }) => unit)])].sort();
    running.onDuty = Math.max(running.onDuty, onDuty.length, running.units.length);
    if (!isMost(quiet)) running.toMs = nowMs;
  } else if (isMost(quiet) && quiet.some(({ isSilent }) => isSilent)) {
    const together = fellTogether(quiet);
    if (isMost(together)) {
      const fromMs = Math.min(...together.map(({ sinceMs }) => sinceMs));
      outages.push({ fromMs, toMs: null, units: together.map(({ unit }) => unit).sort(), onDuty: onDuty.length });
    }
  }
  return outages.map(({ fromMs, toMs, units, onDuty: unitsOnDuty }) => ({
    fromMs,
    toMs,
    certainty: 'certain',
    evidence: {
      ...(toMs === null ? {} : { ending: 'report' }),
      units,
      unitsOnDuty,
      planVersion: input.planVersion,
    },
  }));
}

/** The largest group of silences that began within NETWORK_OUTAGE_MS. */
function fellTogether(
  silent: readonly { readonly unit: string; readonly sinceMs: number }[],
): readonly { unit: string; sinceMs: number }[] {
  const sorted = [...silent].sort((a, b) => a.sinceMs - b.sinceMs || (a.unit < b.unit ? -1 : 1));
  let best: readonly { unit: string; sinceMs: number }[] = [];
  let first = 0;
  for (let last = 0; last < sorted.length; last += 1) {
    while (sinceOf(sorted, last) - sinceOf(sorted, first) > NETWORK_OUTAGE_MS) first += 1;
    if (last - first + 1 > best.length) best = sorted.slice(first, last + 1);
  }
  return best;
}

function sinceOf(list: readonly { readonly sinceMs: number }[], index: number): number {
  return (list[index] as { sinceMs: number }).sinceMs;
}
