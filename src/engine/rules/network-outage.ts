import { NETWORK_OUTAGE_MS } from '../../model/limits.js';
import type { Episode } from '../lib/episodes.js';
import type { NetworkOutage } from '../state.js';

/** Fewer units than this are no network. */
const LEAST_UNITS = 3;

export interface NetworkInput {
  readonly nowMs: number;
  /** Units on duty, and since when each is silent (log time); null: it is not. */
  readonly onDuty: readonly { readonly unit: string; readonly silentSinceMs: number | null }[];
  /** Outages so far; the last may be going on. Brought up to date here. */
  readonly outages: NetworkOutage[];
  readonly planVersion: number;
}

/**
 * Network outage (domain 2.9): more than half of the units on duty fell silent within NETWORK_OUTAGE_MS of each other. It ends
 * when no more than half are silent.
 */
export function findNetworkOutages(input: NetworkInput): Episode[] {
  const { outages, onDuty, nowMs } = input;
  const silent = onDuty.flatMap(({ unit, silentSinceMs }) =>
    silentSinceMs === null ? [] : [{ unit, sinceMs: silentSinceMs }],
  );
  const most = silent.length >= LEAST_UNITS && 2 * silent.length > onDuty.length;
  const running = outages.at(-1);
  if (running !== undefined && running.toMs === null) {
    if (!most) running.toMs = nowMs;
  } else if (most) {
    const together = fellTogether(silent);
    if (together.length >= LEAST_UNITS && 2 * together.length > onDuty.length) {
      const fromMs = Math.min(...together.map(({ sinceMs }) => sinceMs));
      outages.push({ fromMs, toMs: null, units: together.map(({ unit }) => unit).sort() });
    }
  }
  return outages.map(({ fromMs, toMs, units }) => ({
    fromMs,
    toMs,
    certainty: 'certain',
    evidence: { units, planVersion: input.planVersion },
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
