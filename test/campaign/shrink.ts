import type { ModelBreak } from './breaks/model-breaks.js';
import type { Invariant } from './check/violation.js';
import { runScenario } from './run-scenario.js';
import type { Delivery, FixSpec, PlaceSpec, PlanSpec, Scenario, UnitSpec } from './scenario.js';

export interface Shrunk {
  readonly scenario: Scenario;
  readonly tries: number;
}

/**
 * A smaller scenario that breaks the same promise: without units, places, faults, fixes and time that it does not need. Every
 * list is left out, or a half of it, a quarter and so on, as long as it still fails; it ends after `mostMs` at the latest.
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
    if (isLate() || JSON.stringify(candidate) === JSON.stringify(best)) return false;
    tries += 1;
    const { violations } = await runScenario(candidate, broken);
    if (!violations.some((violation) => violation.invariant === invariant)) return false;
    best = candidate;
    return true;
  };

  for (const simpler of simplifications(best)) await keep(simpler(best));
  for (const { tracker } of unitsOf(best)) await keep(withoutTracker(best, tracker));
  for (let before = Number.POSITIVE_INFINITY; sizeOf(best) < before && !isLate(); ) {
    before = sizeOf(best);
    for (const name of LISTS) {
      // The first plan is what all else is about.
      const kept = name === 'plans' ? 1 : 0;
      await shorten<unknown>(
        () => (best[name] ?? []).slice(kept),
        (rest) => ({ ...best, [name]: [...(best[name] ?? []).slice(0, kept), ...rest] }),
      );
    }
    await shorten(
      () => [...new Set(best.deliveries.flatMap(({ fixes }) => fixes))],
      (rest) => withFixes(best, new Set(rest)),
    );
    for (const { id } of unitsOf(best)) await keep(withoutUnit(best, id));
    for (const { id } of placesOf(best)) await keep(withoutPlace(best, id));
    for (const simpler of simplifications(best)) await keep(simpler(best));
    await keep({ ...best, endMs: endOf(best) });
  }
  return { scenario: withoutUnused(best), tries };

  async function shorten<T>(list: () => readonly T[], having: (rest: readonly T[]) => Scenario): Promise<void> {
    for (let parts = 1; parts <= 2 * list().length && !isLate(); parts *= 2) {
      const size = Math.ceil(list().length / parts);
      for (let from = 0; from < list().length && !isLate(); ) {
        const rest = [...list().slice(0, from), ...list().slice(from + size)];
        if (!(await keep(having(rest)))) from += size;
      }
      if (size <= 1) return;
    }
  }
}

const LISTS = ['faults', 'acts', 'tasks', 'statements', 'subscribers', 'stays', 'plans', 'deliveries'] as const;

function simplifications(scenario: Scenario): ((best: Scenario) => Scenario)[] {
  const tuned =
    (server: Partial<Scenario['server']>) =>
    (best: Scenario): Scenario => ({
      ...best,
      server: { ...best.server, ...server },
    });
  return [
    // What makes all that is tried later shorter comes first.
    ...[0.25, 0.5, 0.75].map(
      (share) =>
        (best: Scenario): Scenario =>
          cutAt(best, share * scenario.endMs),
    ),
    tuned({ lostReplies: 0, lostRequests: 0, lostAcks: 0 }),
    tuned({ lostReplies: 0 }),
    tuned({ lostRequests: 0 }),
    tuned({ slowestReplyMs: 10 }),
    tuned({ processes: 1 }),
    tuned({ archives: false }),
    tuned({ writesPerCall: 100_000 }),
    inPlans((plan) => ({ ...plan, rules: { ...plan.rules, binds: null } })),
    inPlans(({ rules: { strength: _, ...rules }, ...plan }) => ({ ...plan, rules })),
    inPlans(({ rules: { passes: _, ...rules }, ...plan }) => ({ ...plan, rules })),
    inPlans(({ rules: { debt: _, ...rules }, ...plan }) => ({ ...plan, rules })),
    inPlans(({ rules: { windows: _, ...rules }, ...plan }) => ({ ...plan, rules })),
    inPlans(({ rules: { rhythm: _, ...rules }, ...plan }) => ({ ...plan, rules })),
    inPlans(({ rules: { duty: _, ...rules }, ...plan }) => ({ ...plan, rules })),
    inPlans(({ rules: { bunching: _, ...rules }, ...plan }) => ({ ...plan, rules })),
    inPlans(({ rules: { offZone: _, ...rules }, ...plan }) => ({ ...plan, rules })),
    inPlans(({ rules: { lights: _, ...rules }, ...plan }) => ({ ...plan, rules })),
    inPlans(({ rules: { speed: _, ...rules }, ...plan }) => ({ ...plan, rules })),
    inPlans((plan) => ({ ...plan, units: plan.units.map((unit) => ({ ...unit, duty: null })) })),
  ];
}

function inPlans(change: (plan: PlanSpec) => PlanSpec): (scenario: Scenario) => Scenario {
  return (scenario) => ({ ...scenario, plans: scenario.plans.map(change) });
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

function unitsOf({ plans }: Scenario): UnitSpec[] {
  return [...new Map(plans.flatMap(({ units }) => units.map((unit) => [unit.id, unit]))).values()];
}

function placesOf({ plans }: Scenario): PlaceSpec[] {
  return [...new Map(plans.flatMap(({ places }) => places.map((place) => [place.id, place]))).values()];
}

function withoutTracker(scenario: Scenario, tracker: string): Scenario {
  return { ...scenario, deliveries: scenario.deliveries.filter((delivery) => delivery.tracker !== tracker) };
}

function withoutUnit(scenario: Scenario, id: string): Scenario {
  const without = inPlans((plan) => ({ ...plan, units: plan.units.filter((unit) => unit.id !== id) }))(scenario);
  return { ...without, stays: scenario.stays.filter(({ unit }) => unit !== id) };
}

function withoutPlace(scenario: Scenario, id: string): Scenario {
  const without = inPlans((plan) => ({ ...plan, places: plan.places.filter((place) => place.id !== id) }))(scenario);
  return { ...without, stays: scenario.stays.filter(({ place }) => place !== id) };
}

/** Only these fixes go out; a report without any does not. */
function withFixes(scenario: Scenario, kept: ReadonlySet<number>): Scenario {
  const deliveries = scenario.deliveries
    .map((delivery) => ({ ...delivery, fixes: delivery.fixes.filter((index) => kept.has(index)) }))
    .filter(({ fixes }) => fixes.length > 0);
  return { ...scenario, deliveries };
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
  const listed = LISTS.reduce((sum, name) => sum + (scenario[name]?.length ?? 0), scenario.endMs / 60_000);
  const reported = scenario.deliveries.reduce((sum, { fixes }) => sum + fixes.length, 0);
  return listed + reported + unitsOf(scenario).length + placesOf(scenario).length;
}
