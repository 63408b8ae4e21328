import type { ComparedAlerts, ToldAlert } from '../../model/what-if.js';

/**
 * Pairs the alerts of two folds of one log. Those that asked nobody within `[fromMs, toMs)` are there to be paired, and are not told of themselves:
 * one that asked just before has a partner that asked just behind it.
 */
export function comparedAlerts(
  recorded: readonly ToldAlert[],
  tried: readonly ToldAlert[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): ComparedAlerts {
  const asksWithin = ({ askedAtMs }: ToldAlert): boolean => askedAtMs.some((atMs) => atMs >= fromMs && atMs < toMs);
  const left = new Map<string, ToldAlert[]>();
  for (const alert of tried) left.set(keyOf(alert), [...(left.get(keyOf(alert)) ?? []), alert]);
  const gone: ToldAlert[] = [];
  let both = 0;
  for (const alert of recorded) {
    const rivals = left.get(keyOf(alert)) ?? [];
    const found = rivals.findIndex((other) => meet(alert, other));
    const [partner] = found < 0 ? [] : rivals.splice(found, 1);
    if (partner === undefined && asksWithin(alert)) gone.push(alert);
    if (partner !== undefined && (asksWithin(alert) || asksWithin(partner))) both += 1;
  }
  return { both, gone: inOrder(gone), added: inOrder([...left.values()].flat().filter(asksWithin)) };
}

function keyOf({ rule, subject }: ToldAlert): string {
  return `${rule} ${subject}`;
}

function meet(a: ToldAlert, b: ToldAlert): boolean {
  return a.fromMs <= (b.toMs ?? Number.POSITIVE_INFINITY) && b.fromMs <= (a.toMs ?? Number.POSITIVE_INFINITY);
}

function inOrder(alerts: readonly ToldAlert[]): readonly ToldAlert[] {
  const firstMs = ({ askedAtMs }: ToldAlert): number => askedAtMs[0] ?? 0;
  return alerts.toSorted((a, b) => firstMs(a) - firstMs(b) || (a.alertId < b.alertId ? -1 : 1));
}
