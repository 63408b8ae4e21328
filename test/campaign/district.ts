import type { Fix } from '../../src/model/fix.js';
import type { CompiledPlan, PlanOrder, PlanPlace, PlanRule } from '../../src/model/plan.js';
import {
  areaAround,
  at,
  bunchingRule,
  checkpointGap,
  circle,
  dutyRule,
  fix,
  HOUR,
  lightsRule,
  offZoneRule,
  plan,
  routePassRule,
  debtRule,
  speedingRule,
  square,
  strengthRule,
  windowRule,
  predictableRule,
  T0,
  unit,
} from '../engine/support.js';
import type { FixSpec, PlaceSpec, PlanSpec, Point, RulesSpec } from './scenario.js';

export const DISTRICT = 'test';

export function compiled(specs: readonly PlanSpec[], index: number): CompiledPlan {
  const spec = specs[index] as PlanSpec;
  const schedules: Record<string, number[]> = { always: always() };
  for (const { id, duty } of spec.units) schedules[`duty:${id}`] = span(duty);
  schedules.gaps = span(spec.rules.binds);
  if (spec.rules.windows !== undefined) schedules.windows = spec.rules.windows.at.map((ms) => T0 + ms);
  const { order, nth } = spec;
  return plan({
    version: index + 1,
    inForceFromMs: T0 + spec.inForceMs,
    ...(nth === undefined ? {} : { series: { id: 'order-1', nth } }),
    ...(order === undefined ? {} : { orders: [orderOf(specs, index)] }),
    places: [...spec.places, ...(order === undefined ? [] : [order.post])].map(placeOf),
    units: spec.units.map(({ id, kind, tracker, intervalMs }) =>
      unit(id, { kind, tracker, expectedIntervalMs: intervalMs, duty: `duty:${id}` }),
    ),
    rules: rulesOf(spec),
    ...(spec.areaM === undefined ? {} : { area: areaAround(spec.areaM) }),
    ...(spec.possibleForMs === undefined ? {} : { possibleForMs: spec.possibleForMs }),
    schedules: { ...schedules, 'mode:peak': [], 'mode:off-peak': [], 'mode:low': [] },
  });
}

/** The order of scenarios, and its rule. */
export const ORDER = 'night';
export const ORDER_RULE = 'order-post';

/** It stands until the next plan. */
function orderOf(specs: readonly PlanSpec[], index: number): PlanOrder {
  const [spec, next] = [specs[index], specs[index + 1]];
  const places = spec?.order === undefined ? [] : [placeOf(spec.order.post)];
  return {
    id: ORDER,
    name: { zh: '夜间', en: 'Night' },
    fromMs: T0 + (spec?.inForceMs ?? 0),
    toMs: T0 + (next?.inForceMs ?? 0),
    reason: 'a night',
    actor: 'anna',
    actionId: 'order-1',
    layer: { places, closed: [], modes: [], duty: [], rules: [{ id: ORDER_RULE, kind: 'checkpoint-gap' }] },
  };
}

/** Whether this plan gives a unit another tracker than the one before it. */
export function handsOver(specs: readonly PlanSpec[], index: number): boolean {
  const before = new Map(specs[index - 1]?.units.map(({ id, tracker }) => [id, tracker]));
  return specs[index]?.units.some(({ id, tracker }) => (before.get(id) ?? tracker) !== tracker) === true;
}

export function fixOf({ ms, at: where, ...said }: FixSpec): Fix {
  const { tracker: _tracker, kept: _kept, misplaced: _misplaced, ...fields } = said;
  return fix(T0 + ms, where === undefined ? null : positionOf(where), {
    located: null,
    satellites: null,
    hdopCenti: null,
    ...fields,
  });
}

export function positionOf([east, north]: Point): { lngE7: number; latE7: number } {
  return at(east / 10, north / 10);
}

/** Ids of checkpoints: places that gap rules of the kind want and where dwells are too short. */
export function isCheckpoint(place: PlaceSpec): boolean {
  return place.kind === 'circle' || (place.kind === 'square' && !place.zone);
}

export function placeOf(spec: PlaceSpec): PlanPlace {
  switch (spec.kind) {
    case 'circle':
      return circle(spec.id, positionOf(spec.at), spec.radiusM);
    case 'square':
      return { ...square(spec.id, positionOf(spec.at), spec.halfM), kind: spec.zone ? 'zone' : 'checkpoint' };
    case 'corridor': {
      const line = spec.line.map(positionOf).flatMap(({ lngE7, latE7 }) => [lngE7, latE7]);
      const shape = { type: 'corridor', lines: [line], corridorM: spec.corridorM } as const;
      return { ...circle(spec.id, at(0), 1), kind: 'route', shape };
    }
  }
}

function rulesOf({ places, units, rules, order }: PlanSpec): PlanRule[] {
  const { gapMs, graceMs, shortMs, standMs, strength, duty, bunching, passes, windows, debt } = rules;
  const { rhythm, offZone, speed, lights } = rules;
  const ids = (wanted: readonly PlaceSpec[]): string[] => wanted.map(({ id }) => id).sort();
  const posts = ids(places.filter(isCheckpoint));
  const zones = ids(places.filter((place) => place.kind === 'square' && place.zone));
  const routes = ids(places.filter(({ kind }) => kind === 'corridor'));
  const unitIds = units.map(({ id }) => id).sort();
  const gap = (id: string, kind: string, about: string[], thresholdMs: number): PlanRule =>
    ({ ...checkpointGap(about, { thresholdMs, graceMs }), id, kind, binds: 'gaps' }) as PlanRule;
  return [
    ...(order === undefined
      ? []
      : [{ ...gap(ORDER_RULE, 'checkpoint-gap', [order.post.id], order.gapMs), orders: [ORDER] }]),
    gap('post-gap', 'checkpoint-gap', posts, gapMs),
    gap('zone-gap', 'zone-gap', zones, gapMs + 120_000),
    gap('route-gap', 'route-gap', routes, gapMs + 240_000),
    ...(strength === undefined ? [] : [strengthRule(ids(places), { ...strength, binds: 'gaps' })]),
    ...(duty === undefined ? [] : [dutyRule(unitIds, { ...duty, scope: 'district', binds: 'gaps' })]),
    ...(bunching === undefined ? [] : [bunchingRule(unitIds, { ...bunching, binds: 'gaps' })]),
    ...(passes === undefined || routes.length === 0 ? [] : [routePassRule(routes, { ...passes, binds: 'gaps' })]),
    ...(windows === undefined ? [] : [windowOf(posts, windows)]),
    ...(debt === undefined ? [] : [debtRule([...posts, ...zones].sort(), { ...debt, binds: 'gaps' })]),
    ...(rhythm === undefined ? [] : [predictableRule(posts, { ...rhythm, binds: 'gaps' })]),
    ...(offZone === undefined || zones.length === 0
      ? []
      : [offZoneRule(unitIds, zones, { ...offZone, binds: 'gaps' })]),
    ...(lights === undefined ? [] : [lightsRule([...posts, ...routes].sort(), { ...lights, binds: 'gaps' })]),
    ...(speed === undefined ? [] : [speedRule(unitIds, ids(places).slice(0, 1), speed)]),
    { id: 'short', kind: 'dwell-short', severity: 'low', binds: 'always', places: posts, minVisitMs: shortMs },
    { id: 'stand', kind: 'dwell-long', severity: 'low', binds: 'always', units: unitIds, maxStandMs: standMs },
    { id: 'silence', kind: 'tracker-silence', severity: 'medium', binds: 'always', units: unitIds },
  ];
}

function speedRule(
  units: readonly string[],
  places: readonly string[],
  { limitCmps, atPlaceCmps, holdMs }: NonNullable<RulesSpec['speed']>,
): PlanRule {
  const unitKinds = ['car', 'motorcycle'] as const;
  const limits = [
    { limitCmps, places: null, unitKinds },
    { limitCmps: atPlaceCmps, places, unitKinds },
  ];
  return speedingRule(units, { limits, holdMs, binds: 'gaps' });
}

export function gapLimitMs({ gapMs, graceMs }: RulesSpec): number {
  return gapMs + graceMs;
}

function windowOf(posts: readonly string[], { at: _, ...windows }: NonNullable<RulesSpec['windows']>): PlanRule {
  return windowRule(posts, { ...windows, binds: 'windows' });
}

function span(bounds: readonly [number, number] | null): number[] {
  return bounds === null ? always() : [T0 + bounds[0], T0 + bounds[1]];
}

function always(): number[] {
  return [T0 - 24 * HOUR, T0 + 240 * HOUR];
}
