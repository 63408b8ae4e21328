import { canonicalJson } from '../model/canonical-json.js';
import type { DayCorrection, DayRecord } from '../model/day-record.js';
import { recordDigest } from './record-digest.js';

/** What a record says otherwise than the one before it. */
export function correctionOf(before: DayRecord, after: DayRecord): DayCorrection {
  return {
    corrects: recordDigest(before),
    places: changedIds(before.places, after.places, ({ place }) => place),
    units: changedIds(before.units, after.units, ({ unit }) => unit),
    visits: difference(before.visits, after.visits),
    alerts: difference(before.alerts, after.alerts),
  };
}

function changedIds<Item>(before: readonly Item[], after: readonly Item[], idOf: (item: Item) => string): string[] {
  const { added, removed } = difference(before, after);
  return [...new Set([...added, ...removed].map(idOf))].sort();
}

function difference<Item>(
  before: readonly Item[],
  after: readonly Item[],
): { readonly added: readonly Item[]; readonly removed: readonly Item[] } {
  const [old, now] = [new Set(before.map(canonicalJson)), new Set(after.map(canonicalJson))];
  return {
    added: after.filter((item) => !old.has(canonicalJson(item))),
    removed: before.filter((item) => !now.has(canonicalJson(item))),
  };
}
