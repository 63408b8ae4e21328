import { DateTime } from 'luxon';
import { MAX_PLAN_AHEAD_MS, PLAN_LEAD_MS } from '../model/limits.js';
import type { CompiledPlan, PlanLayer, PlanOrder, PlanPlace, PlanSpan } from '../model/plan.js';
import { checkShape } from './check-shape.js';
import { cleanTexts } from './clean-texts.js';
import { type FaultList, pointer, type Report, show } from './faults.js';
import { featuresOf, member } from './json-members.js';
import { layerFaults } from './layer-faults.js';
import { type OrderFile, OrderOutline } from './order-schemas.js';
import { parsePlaces } from './parse-places.js';
import { parseRule } from './parse-plan.js';
import { idsOf, itemsAt } from './parse-units.js';
import { FEATURE_COUNT } from './place-schemas.js';
import type { RuleFile } from './plan-schemas.js';
import { isInArea } from './area.js';

/** What faults of an order call its file. */
export const ORDER_FILE = 'order.json';

const MAX_AHEAD_DAYS = MAX_PLAN_AHEAD_MS / 86_400_000;

/** An order's file, read: what is left is who makes it. */
export type ReadOrder = Omit<PlanOrder, 'actor' | 'actionId'>;

export interface OrderContext {
  /** The plans without orders that are in force in the time of an order. */
  readonly bases: (span: PlanSpan) => readonly CompiledPlan[];
  /** Orders that stand or wait. */
  readonly others: readonly PlanOrder[];
  readonly nowMs: number;
}

/** Checks an operation order; everything that is wrong with it is in the faults, and then nothing is answered. */
export function parseOrder(raw: unknown, context: OrderContext, faults: FaultList): ReadOrder | null {
  const report = faults.in(ORDER_FILE);
  const before = faults.count;
  const value = cleanTexts(raw, report);
  if (faults.count > before || !checkShape(OrderOutline, value, '', report)) return null;
  const when = spanOf(value, context.nowMs, report);
  const spans = { modes: parts(value.modes, 'modes', when, report), duty: parts(value.duty, 'duty', when, report) };
  idsOf(value.rules ?? [], 'rules', report);
  const layer: PlanLayer = {
    places: value.places === undefined ? [] : orderPlaces(value.places, report),
    closed: value.closed ?? [],
    modes: spans.modes,
    duty: spans.duty,
    rules: itemsAt(value.rules ?? [], 'rules', (rule, path): RuleFile | null => parseRule(rule, path, report)).map(
      ({ item }) => item,
    ),
  };
  if ([value.places, value.closed, value.modes, value.duty, value.rules].every((part) => part === undefined))
    report('', 'got an order that changes nothing, expected at least one of places, closed, modes, duty and rules');
  const { id, nameZh, nameEn, reason } = value;
  if (context.others.some((other) => other.id === id))
    report('/id', `got ${show(id)}, which an order has that stands or waits, expected another; or end that one first`);
  if (when === null) return null;
  const paths = placePaths(value.places);
  for (const base of context.bases(when)) {
    layerFaults({ id, ...when, layer }, base, context.others, report, (place) => paths.get(place) ?? '/places');
    areaFaults(layer.places, base, paths, report);
  }
  if (faults.count > before) return null;
  return { id, name: { zh: nameZh, en: nameEn }, reason, ...when, layer };
}

/** When the order stands; null: it is not known. */
function spanOf({ from, to }: OrderFile, nowMs: number, report: Report): PlanSpan | null {
  const [fromMs, toMs] = [instantMs(from, '/from', report), instantMs(to, '/to', report)];
  if (fromMs === null || toMs === null) return null;
  if (toMs <= fromMs) {
    report('/to', `got ${show(to)}, expected an instant after from, ${show(from)}`);
    return null;
  }
  const leastMs = nowMs + PLAN_LEAD_MS;
  if (fromMs < leastMs)
    report('/from', `got ${show(from)}, expected an instant from ${iso(leastMs)} on, ${PLAN_LEAD_MS / 1_000} s ahead`);
  if (toMs > nowMs + MAX_PLAN_AHEAD_MS) {
    const expected = `an instant up to ${iso(nowMs + MAX_PLAN_AHEAD_MS)}, ${MAX_AHEAD_DAYS} days ahead`;
    report('/to', `got ${show(to)}, expected ${expected}; what lasts longer is a plan`);
  }
  return { fromMs, toMs };
}

/** The parts of an order's time that a list names; what is not said is the order's own. */
function parts<Part extends { readonly from?: string; readonly to?: string }>(
  list: readonly Part[] | undefined,
  name: string,
  when: PlanSpan | null,
  report: Report,
): (Omit<Part, 'from' | 'to'> & PlanSpan)[] {
  return (list ?? []).flatMap(({ from, to, ...what }, i) => {
    const path = pointer(name, i);
    const fromMs = from === undefined ? (when?.fromMs ?? null) : instantMs(from, `${path}/from`, report);
    const toMs = to === undefined ? (when?.toMs ?? null) : instantMs(to, `${path}/to`, report);
    if (when === null || fromMs === null || toMs === null) return [];
    if (toMs <= fromMs) report(`${path}/to`, `got ${show(to ?? iso(toMs))}, expected an instant after ${iso(fromMs)}`);
    if (fromMs < when.fromMs)
      report(`${path}/from`, `got ${show(from)}, expected an instant from the order's own on, ${iso(when.fromMs)}`);
    if (toMs > when.toMs)
      report(`${path}/to`, `got ${show(to)}, expected an instant up to the order's own, ${iso(when.toMs)}`);
    return [{ ...what, fromMs, toMs }];
  });
}

export function instantMs(text: string, path: string, report: Report): number | null {
  const parsed = DateTime.fromISO(text, { setZone: true });
  if (parsed.isValid) return parsed.toMillis();
  report(path, `got ${show(text)}, expected an instant of the calendar`);
  return null;
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Zones part the district among its groups by the plan; an order adds posts and routes. */
function orderPlaces(raw: unknown, report: Report): readonly PlanPlace[] {
  const at = (path: string, reason: string): void => report(`/places${path}`, reason);
  const places = parsePlaces(raw, at)?.places ?? [];
  features(raw).forEach((feature, i) => {
    if (member(member(feature, 'properties'), 'kind') === 'zone')
      at(
        pointer('features', i, 'properties', 'kind'),
        'got "zone", expected "checkpoint" or "route": zones are the plan’s',
      );
  });
  return places;
}

function features(raw: unknown): readonly unknown[] {
  return featuresOf(raw, FEATURE_COUNT) ?? [];
}

/** Where in the file each place stands. */
function placePaths(raw: unknown): ReadonlyMap<string, string> {
  return new Map(
    features(raw).map((feature, i) => [
      String(member(member(feature, 'properties'), 'id')),
      `/places${pointer('features', i, 'properties', 'id')}`,
    ]),
  );
}

function areaFaults(
  places: readonly PlanPlace[],
  { area, ruler }: CompiledPlan,
  paths: ReadonlyMap<string, string>,
  report: Report,
): void {
  if (area === undefined) return;
  for (const place of places) {
    if (isInArea(place, area, ruler)) continue;
    report(
      paths.get(place.id) ?? '/places',
      `got the place ${show(place.id)} outside of the area in which units of the district can be, expected it inside`,
    );
  }
}
