import type { ModelBreak } from './breaks/model-breaks.js';
import type { Invariant } from './check/violation.js';
import { runScenario } from './run-scenario.js';
import type { Delivery, FixSpec, Scenario } from './scenario.js';

export interface Shrunk {
  readonly scenario: Scenario;
  readonly tries: number;
}

/**
 * A smaller scenario that breaks the same promise: without units, faults, deliveries and time that it does not need. Every
 * list is halved, then quartered and so on, as long as it still fails; it ends after `mostMs` at the latest.
 */
export async function shrink(
  failing: Scenario,
  invariant: Invariant,
  broken: ModelBreak | null,
  mostMs: number,
): Promise<Shrunk> {
  const startMs = performance.now();
  let best = failing;
  let tries = 0;
  const isLate = (): boolean => performance.now() - startMs > mostMs;
  const keep = async (candidate: Scenario): Promise<boolean> => {
    if (isLate()) return false;
    tries += 1;
    const { violations } = await runScenario(candidate, broken);
    if (!violations.some((violation) => violation.invariant === invariant)) return false;
    best = candidate;
    return true;
  };

  for (const simpler of simplifications(best)) await keep(simpler(best));
  for (const tracker of trackersOf(best)) await keep(withoutTracker(best, tracker));
  for (let before = Number.POSITIVE_INFINITY; sizeOf(best) < before && !isLate(); ) {
    before = sizeOf(best);
    for (const name of LISTS) await shorten(name);
    await keep({ ...best, endMs: endOf(best) });
  }
  return { scenario: withoutUnused(best), tries };

  async function shorten(name: ListName): Promise<void> {
    for (let parts = 2; parts <= 2 * best[name].length && !isLate(); parts *= 2) {
      const size = Math.ceil(best[name].length / parts);
      for (let from = 0; from < best[name].length && !isLate(); ) {
        const list: readonly unknown[] = best[name];
        const rest = [...list.slice(0, from), ...list.slice(from + size)];
        // The first plan is what all else is about.
        const isWhole = name !== 'plans' || from > 0;
        if (!isWhole || !(await keep({ ...best, [name]: rest }))) from += size;
      }
      if (size <= 1) return;
    }
  }
}

const LISTS = ['faults', 'acts', 'tasks', 'subscribers', 'stays', 'plans', 'deliveries'] as const;
type ListName = (typeof LISTS)[number];

function simplifications(scenario: Scenario): ((best: Scenario) => Scenario)[] {
  const tuned =
    (server: Partial<Scenario['server']>) =>
    (best: Scenario): Scenario => ({
      ...best,
      server: { ...best.server, ...server },
    });
  return [
    tuned({ lostReplies: 0, lostRequests: 0, lostAcks: 0 }),
    tuned({ lostReplies: 0 }),
    tuned({ lostRequests: 0 }),
    tuned({ slowestReplyMs: 10 }),
    tuned({ processes: 1 }),
    tuned({ archives: false }),
    tuned({ writesPerCall: 100_000 }),
    ...[0.25, 0.5, 0.75].map(
      (share) =>
        (best: Scenario): Scenario =>
          cutAt(best, share * scenario.endMs),
    ),
  ];
}

/** As if everything had ended then. */
function cutAt(scenario: Scenario, endMs: number): Scenario {
  const isBefore = ({ atMs }: { readonly atMs: number }): boolean => atMs < endMs;
  return {
    ...scenario,
    endMs: Math.ceil(endMs / 1_000) * 1_000,
    deliveries: scenario.deliveries.filter(isBefore),
    acts: scenario.acts.filter(isBefore),
    faults: scenario.faults.filter(isBefore),
    stays: scenario.stays.filter(({ toMs }) => toMs < endMs),
  };
}

/** The end may come earlier when less is left: but as long after the last delivery as it was. */
function endOf(scenario: Scenario): number {
  const lastMs = Math.max(
    0,
    ...scenario.deliveries.map(({ atMs }) => atMs),
    ...scenario.faults.map(({ atMs }) => atMs),
  );
  return Math.min(scenario.endMs, Math.ceil((lastMs + 16 * 60_000) / 1_000) * 1_000);
}

function trackersOf({ deliveries }: Scenario): string[] {
  return [...new Set(deliveries.map(({ tracker }) => tracker))].sort();
}

function withoutTracker(scenario: Scenario, tracker: string): Scenario {
  return { ...scenario, deliveries: scenario.deliveries.filter((delivery) => delivery.tracker !== tracker) };
}

function withoutUnused(scenario: Scenario): Scenario {
  const used = [...new Set(scenario.deliveries.flatMap(({ fixes }) => fixes))].sort((a, b) => a - b);
  const place = new Map(used.map((index, at) => [index, at]));
  return {
    ...scenario,
    fixes: used.map((index) => scenario.fixes[index] as FixSpec),
    deliveries: scenario.deliveries.map(
      (delivery): Delivery => ({ ...delivery, fixes: delivery.fixes.map((index) => place.get(index) as number) }),
    ),
  };
}

function sizeOf(scenario: Scenario): number {
  return LISTS.reduce((sum, name) => sum + scenario[name].length, scenario.endMs / 60_000);
}
