import type { CompiledPlan, PlanOrder, PlaceKind } from '../model/plan.js';
import { BUILT_IN_SCHEDULES } from './calendar.js';
import { unknownName } from './calendar-faults.js';
import { isAboutAll, ruleFaults } from './cross-check.js';
import { type DistrictFault, pointer, type Report } from './faults.js';
import { orderRule, placesOfRule, rulesOf } from './layered-plan.js';
import type { RuleFile } from './plan-schemas.js';
import { subjectsOf } from './rule-binding.js';

/** What is checked of an order once its file is read. */
export type DatedLayer = Pick<PlanOrder, 'id' | 'fromMs' | 'toMs' | 'layer'>;

/**
 * What of an order does not fit the plan that it is laid over, or another order of the same time.
 *
 * @param others orders that stand or wait, this one not among them
 * @param placePath where in its file a place of the order stands
 */
export function layerFaults(
  order: DatedLayer,
  base: CompiledPlan,
  others: readonly PlanOrder[],
  report: Report,
  placePath: (id: string) => string = () => '/places',
): void {
  const { layer } = order;
  const beside = others.filter(({ fromMs, toMs }) => fromMs < order.toMs && toMs > order.fromMs);
  const placeIds = new Set(base.places.map(({ id }) => id));
  for (const { id } of layer.places) {
    const other = beside.find(({ layer: { places } }) => places.some((place) => place.id === id));
    if (placeIds.has(id)) report(placePath(id), `got the id "${id}" of a place of the plan, expected another`);
    else if (other !== undefined)
      report(
        placePath(id),
        `got the id "${id}" of a place of the order "${other.id}" at the same time, expected another`,
      );
  }
  layer.closed.forEach((id, i) => {
    if (!placeIds.has(id)) report(`/closed${pointer(i)}`, unknownName('place', id, [...placeIds]));
  });
  const unitIds = new Set(base.units.map(({ id }) => id));
  layer.duty.forEach(({ unit }, i) => {
    if (!unitIds.has(unit)) report(`/duty${pointer(i, 'unit')}`, unknownName('unit', unit, [...unitIds]));
  });
  modeFaults(order, beside, report);
  allRuleFaults(order, base, beside, report);
}

/** One mode holds at an instant. */
function modeFaults({ layer }: DatedLayer, beside: readonly PlanOrder[], report: Report): void {
  layer.modes.forEach((mode, i) => {
    const isBoth = (other: (typeof layer.modes)[number]): boolean =>
      other.fromMs < mode.toMs && other.toMs > mode.fromMs;
    const earlier = layer.modes.slice(0, i).findIndex(isBoth);
    if (earlier >= 0)
      report(`/modes${pointer(i)}`, `got a second mode at the time of /modes/${earlier}, expected one at an instant`);
    const other = beside.find(({ layer: { modes } }) => modes.some(isBoth));
    if (other !== undefined)
      report(
        `/modes${pointer(i)}`,
        `got a mode at a time for which the order "${other.id}" says one, expected one at an instant`,
      );
  });
}

function allRuleFaults({ layer }: DatedLayer, base: CompiledPlan, beside: readonly PlanOrder[], report: Report): void {
  const all = [...base.places, ...layer.places];
  const kinds = new Map<string, PlaceKind>(all.map(({ id, kind }) => [id, kind]));
  const context = {
    places: { kinds, given: new Set(layer.places.map(({ kind }) => kind)) },
    units: {
      unitIds: new Set(base.units.map(({ id }) => id)),
      units: base.units.map((item) => ({ item })),
      assignments: [],
    },
    plan: { scheduleNames: new Set([...BUILT_IN_SCHEDULES, ...Object.keys(base.calendar?.schedules ?? {})]) },
  };
  const subjects = (rule: RuleFile, own = layer.places): readonly string[] =>
    subjectsOf(orderRule(rule), placesOfRule(rule, { own, all: [...base.places, ...own] }), base.units);
  const rules = rulesOf(layer);
  const closed = new Set(layer.closed);
  rules.forEach((rule, i) => {
    const path = `/rules${pointer(i)}`;
    ruleFaults(rule, path, context, report);
    const isBase = base.rules.some(({ id }) => id === rule.id);
    if (isBase) report(`${path}/id`, `got the id "${rule.id}" of a rule of the plan, expected another`);
    const about = subjects(rule);
    const shut = isAboutAll(rule) ? undefined : about.find((id) => closed.has(id));
    if (shut !== undefined) report(path, `got a rule for "${shut}", which this order closes, expected none`);
    for (const [k, earlier] of rules.slice(0, i).entries())
      clash(path, rule, about, { rule: earlier, about: subjects(earlier), where: `/rules/${k}` }, report);
    for (const other of beside)
      for (const theirs of rulesOf(other.layer))
        clash(
          path,
          rule,
          about,
          { rule: theirs, about: subjects(theirs, other.layer.places), where: `the order "${other.id}"` },
          report,
        );
  });
}

/** R0: at an instant a place or unit has one threshold of a kind. */
function clash(
  path: string,
  rule: RuleFile,
  about: readonly string[],
  other: { readonly rule: RuleFile; readonly about: readonly string[]; readonly where: string },
  report: Report,
): void {
  if (other.rule.id === rule.id)
    report(`${path}/id`, `got the id "${rule.id}", which ${other.where} has, expected another`);
  if (other.rule.kind !== rule.kind || isAboutAll(rule) || isAboutAll(other.rule)) return;
  const shared = about.find((id) => other.about.includes(id));
  if (shared === undefined) return;
  report(
    path,
    `got a second ${rule.kind} rule for "${shared}" (the first is in ${other.where}, "${other.rule.id}"), expected one at an instant`,
  );
}

/** What of the orders that stand or wait does not fit another plan under them. */
export function orderClashes(base: CompiledPlan, orders: readonly PlanOrder[]): readonly DistrictFault[] {
  const clashes: DistrictFault[] = [];
  for (const order of orders)
    layerFaults(order, base, [], (path, reason) => clashes.push({ file: `order ${order.id}`, path, reason }));
  return clashes;
}
