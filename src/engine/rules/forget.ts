import { keep } from '../collections.js';
import type { RuleScope } from './slice.js';
import { forgetCalls } from './sos/sos-calls.js';

/** Forgets silences and outages that ended before the cutoff, and calls for help that nobody asks about any more. */
export function forgetRules({ sos, silences, networkOutages, nowMs }: RuleScope, cutoffMs: number): void {
  for (const memory of sos.values()) forgetCalls(memory, nowMs);
  for (const lists of [silences, networkOutages]) {
    for (const [key, list] of lists) {
      keep<{ readonly toMs: number | null }>(list, ({ toMs }) => toMs === null || toMs >= cutoffMs);
      if (list.length === 0) lists.delete(key);
    }
  }
}
