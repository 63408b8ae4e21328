import { intersect, normalise, subtract, unite } from '../model/intervals.js';
import type {
  CompiledPlan,
  Intervals,
  PlanCalendar,
  PlanLayer,
  PlanOrder,
  PlanPlace,
  PlanRule,
  PlanSpan,
  PlanUnit,
  PlanWithout,
} from '../model/plan.js';
import { planRule } from './compile-plan.js';
import { byId } from './district-source.js';
import { MODES, type RuleFile } from './plan-schemas.js';
import { type BoundRule, bindingKey, boundIntervals } from './rule-binding.js';

/**
 * The plan with the operation orders that stand laid over it; without any, the plan itself. What a layer names and the plan does not have is
 * passed over: whoever makes an order, or a plan under it, is told before (`layerFaults`).
 */
export function layeredPlan(base: CompiledPlan, standing: readonly PlanOrder[]): CompiledPlan {
  const { calendar } = base;
  if (standing.length === 0 || calendar === undefined) return base;
  const orders = standing.toSorted(byId);
  const places = withOwnPlaces(base.places, orders);
  const own = orders.flatMap((order) => ownRules(order, places, base.units));
  const rules = base.rules.map((rule) => layeredRule(rule, orders, own, bindsByMode(rule, calendar)));
  const schedules = layeredSchedules(base, orders, calendar);
  const units = base.units.map((unit) => layeredUnit(unit, orders, schedules));
  return {
    ...base,
    orders,
    without: withoutOf(base, rules, units),
    places,
    units,
    rules: [...rules, ...own].sort(byId),
    schedules: Object.fromEntries([...schedules].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** The plan without the orders that are laid over it; its schedules are expanded anew by whoever logs it. */
export function baseOf(plan: CompiledPlan): CompiledPlan {
  const { orders, without, ordered: _ordered, series: _series, withdraws: _withdraws, ...base } = plan;
  if (orders === undefined || without === undefined) return base;
  const ownPlaces = new Set(orders.flatMap(({ layer }) => layer.places.map(({ id }) => id)));
  const ownRules = new Set(orders.flatMap(({ layer }) => rulesOf(layer).map(({ id }) => id)));
  const before = new Map(without.rules.map((rule) => [rule.id, rule]));
  const duties = new Map(without.duties.map(({ unit, duty }) => [unit, duty]));
  return {
    ...base,
    places: base.places.filter(({ id }) => !ownPlaces.has(id)),
    units: base.units.map((unit) => ({ ...unit, duty: duties.get(unit.id) ?? unit.duty })),
    rules: base.rules.filter(({ id }) => !ownRules.has(id)).map((rule) => before.get(rule.id) ?? rule),
  };
}

/** The rules of a layer. They were checked before the order was logged. */
export function rulesOf({ rules }: PlanLayer): readonly RuleFile[] {
  return rules as readonly RuleFile[];
}

/** A rule of an order binds all the time that it stands, unless the rule says its hours. */
export function orderRule(rule: RuleFile): RuleFile {
  return rule.modes === undefined && rule.during === undefined ? { ...rule, during: 'always' } : rule;
}

/** The places that a rule of an order may be about: those of the order alone where it names none. */
export function placesOfRule<Place>(
  rule: RuleFile,
  { own, all }: { readonly own: readonly Place[]; readonly all: readonly Place[] },
): readonly Place[] {
  const named = 'places' in rule ? rule.places : undefined;
  return named === undefined || named === 'all' ? own : all;
}

function withOwnPlaces(places: readonly PlanPlace[], orders: readonly PlanOrder[]): readonly PlanPlace[] {
  const byPlace = new Map(orders.flatMap(({ layer }) => layer.places).map((place) => [place.id, place]));
  for (const place of places) byPlace.set(place.id, place);
  return [...byPlace.values()].sort(byId);
}

function ownRules({ id, layer }: PlanOrder, places: readonly PlanPlace[], units: readonly PlanUnit[]): PlanRule[] {
  return rulesOf(layer).map((file) => {
    const about = placesOfRule(file, { own: layer.places, all: places });
    // A compiled plan does not say its assignments: a rule of an order about zones names them.
    return { ...planRule(orderRule(file), { places: about, units, assignments: [] }), orders: [id] };
  });
}

/** A rule of the plan does not watch what an order closes, nor what an order has a rule of the same kind for. */
function layeredRule(
  rule: PlanRule,
  orders: readonly PlanOrder[],
  own: readonly PlanRule[],
  isByMode: boolean,
): PlanRule {
  const behind = new Set(isByMode ? orders.filter(({ layer }) => layer.modes.length > 0).map(({ id }) => id) : []);
  const taken = new Map<string, string>();
  for (const { id, layer } of orders) for (const place of layer.closed) taken.set(place, id);
  for (const one of own) {
    // Several rules may count one unit.
    if (one.kind !== rule.kind || one.kind === 'duty-strength' || one.kind === 'bunching') continue;
    for (const subject of 'places' in one ? one.places : one.units) taken.set(subject, one.orders?.[0] ?? '');
  }
  const isLeft = (subject: string): boolean => {
    const by = taken.get(subject);
    if (by !== undefined) behind.add(by);
    return by === undefined;
  };
  const left =
    'places' in rule ? { ...rule, places: rule.places.filter(isLeft) } : { ...rule, units: rule.units.filter(isLeft) };
  return behind.size === 0 ? rule : { ...left, orders: [...behind].sort() };
}

/** The calendar's bindings say which rules bind by its modes. */
function bindsByMode({ id }: PlanRule, calendar: PlanCalendar): boolean {
  const bound = boundRules(calendar).find((rule) => rule.id === id);
  if (bound === undefined) return false;
  const key = bindingKey(bound);
  return key.startsWith('mode:') || key.startsWith('rule:');
}

/** The hash of its entry vouches for the shape. */
function boundRules({ bindings }: PlanCalendar): readonly BoundRule[] {
  return bindings as readonly BoundRule[];
}

function layeredSchedules(
  base: CompiledPlan,
  orders: readonly PlanOrder[],
  calendar: PlanCalendar,
): Map<string, Intervals> {
  const schedules = new Map(Object.entries(base.schedules));
  const named = (key: string): Intervals => schedules.get(key) ?? [];
  const within = ({ expandedFromMs, expandedToMs }: CompiledPlan, spans: readonly PlanSpan[]): Intervals =>
    intersect(normalise(spans.map(({ fromMs, toMs }): [number, number] => [fromMs, toMs])), [
      expandedFromMs,
      expandedToMs,
    ]);
  for (const { mode, ...span } of orders.flatMap(({ layer }) => layer.modes)) {
    const window = within(base, [span]);
    for (const each of MODES) {
      const key = `mode:${each}`;
      schedules.set(key, each === mode ? unite([named(key), window]) : subtract(named(key), window));
    }
    schedules.set('coverage', unite([named('coverage'), window]));
  }
  const bound = [...boundRules(calendar), ...orders.flatMap(({ layer }) => rulesOf(layer).map(orderRule))];
  for (const rule of bound) {
    const key = bindingKey(rule);
    if (key === `rule:${rule.id}`) schedules.set(key, boundIntervals(rule, named));
  }
  const extra = orders.flatMap(({ layer }) => layer.duty);
  for (const { id, duty } of base.units) {
    const spans = extra.filter(({ unit }) => unit === id);
    if (spans.length > 0) schedules.set(dutyKey(id), unite([named(duty), within(base, spans)]));
  }
  return schedules;
}

function layeredUnit(
  unit: PlanUnit,
  orders: readonly PlanOrder[],
  schedules: ReadonlyMap<string, Intervals>,
): PlanUnit {
  const isCalled = orders.some(({ layer }) => layer.duty.some(({ unit: id }) => id === unit.id));
  return isCalled && schedules.has(dutyKey(unit.id)) ? { ...unit, duty: dutyKey(unit.id) } : unit;
}

/** The hours of a unit with those that orders add. */
function dutyKey(unit: string): string {
  return `order:${unit}`;
}

function withoutOf(base: CompiledPlan, rules: readonly PlanRule[], units: readonly PlanUnit[]): PlanWithout {
  return {
    rules: base.rules.filter((rule, i) => rules[i] !== rule),
    duties: base.units.filter((unit, i) => units[i] !== unit).map(({ id, duty }) => ({ unit: id, duty })),
  };
}
