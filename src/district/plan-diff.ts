import { distanceM } from '../geo/ruler.js';
import { shapeMiddle } from '../geo/shape-box.js';
import type { EscalationPolicy } from '../model/escalation.js';
import { canonicalJson } from '../model/canonical-json.js';
import { intersect, pairsOf } from '../model/intervals.js';
import { DENSE_FACTOR, POSSIBLE_FOR_MS } from '../model/limits.js';
import type { CompiledPlan, Intervals, PlanPlace, PlanRule, PlanUnit, Shape } from '../model/plan.js';
import type { FieldChange, PlanChange, ShapeSummary } from '../model/plan-change.js';
import { DAY_MINUTES, dateText, LocalClock, timeText } from './local-time.js';

const MINUTE_MS = 60_000;

/**
 * What another plan of the same district changes: the district itself, then places, units and rules, each by id. Hours are compared over the
 * days that the calendars of both plans hold, on the clock of the later one. Version, instant and the days themselves are no change.
 */
export function planChanges(before: CompiledPlan, after: CompiledPlan): PlanChange[] {
  const hours = new HourDiff(before, after);
  const ofDistrict = fieldsOf(settingsOf(before), settingsOf(after), ['timeZone', 'possibleForMs', 'denseFactor']);
  if (!isEqual(before.name, after.name)) ofDistrict.unshift(...nameFields(before.name, after.name));
  const order = orders(before, after);
  if (order.before !== order.after) ofDistrict.push(value('escalationOrder', order.before, order.after));
  if (!isEqual(before.area, after.area)) ofDistrict.push(value('area', areaText(before), areaText(after)));
  const district = { about: 'district', id: after.district, name: after.name, change: 'changed' } as const;
  return [
    ...(ofDistrict.length === 0 ? [] : [{ ...district, fields: ofDistrict }]),
    ...changesOf(
      before.places,
      after.places,
      (a, b) => placeFields(after, a, b),
      'place',
      ({ name }) => name,
    ),
    ...changesOf(
      before.units,
      after.units,
      (a, b) => unitFields(hours, a, b),
      'unit',
      ({ callsign }) => same(callsign),
    ),
    ...changesOf(
      before.rules,
      after.rules,
      (a, b) => ruleFields(hours, a, b),
      'rule',
      ({ id }) => same(id),
    ),
    ...changesOf(
      before.escalation ?? [],
      after.escalation ?? [],
      (a, b) => policyFields(hours, a, b),
      'escalation',
      ({ id }) => same(id),
    ),
  ];
}

/** A plan that does not say one has what holds then. */
function settingsOf({ timeZone, possibleForMs = POSSIBLE_FOR_MS, denseFactor = DENSE_FACTOR }: CompiledPlan) {
  return { timeZone, possibleForMs, denseFactor };
}

function changesOf<Item extends { readonly id: string }>(
  before: readonly Item[],
  after: readonly Item[],
  fieldsOfBoth: (before: Item, after: Item) => readonly FieldChange[],
  about: PlanChange['about'],
  nameOf: (item: Item) => PlanChange['name'],
): PlanChange[] {
  const [old, now] = [new Map(before.map((item) => [item.id, item])), new Map(after.map((item) => [item.id, item]))];
  const ids = [...new Set([...old.keys(), ...now.keys()])].sort();
  return ids.flatMap((id): PlanChange[] => {
    const [a, b] = [old.get(id), now.get(id)];
    const item = b ?? a;
    if (item === undefined) return [];
    const named = { about, id, name: nameOf(item) };
    if (a === undefined || b === undefined)
      return [{ ...named, change: a === undefined ? 'added' : 'removed', fields: [] }];
    const fields = fieldsOfBoth(a, b);
    return fields.length === 0 ? [] : [{ ...named, change: 'changed', fields }];
  });
}

function placeFields(plan: CompiledPlan, a: PlanPlace, b: PlanPlace): FieldChange[] {
  const fields = [...nameFields(a.name, b.name), ...fieldsOf(a, b, ['kind', 'stopAllowed', 'tier'])];
  if (isEqual(a.shape, b.shape)) return fields;
  const movedM = Math.round(distanceM(plan.ruler, shapeMiddle(plan.ruler, a.shape), shapeMiddle(plan.ruler, b.shape)));
  return [...fields, { is: 'shape', movedM, before: summaryOf(a.shape), after: summaryOf(b.shape) }];
}

function unitFields(hours: HourDiff, a: PlanUnit, b: PlanUnit): FieldChange[] {
  return [
    ...fieldsOf(a, b, ['callsign', 'kind', 'group', 'crewCount', 'tracker', 'expectedIntervalMs']),
    ...hours.between(a.duty, b.duty),
  ];
}

/** The first policy that takes an alert is its policy: of those that both plans have, the order counts. */
function orders(before: CompiledPlan, after: CompiledPlan): { readonly before: string; readonly after: string } {
  const ids = ({ escalation = [] }: CompiledPlan) => escalation.map(({ id }) => id);
  const [old, now] = [ids(before), ids(after)];
  return {
    before: old.filter((id) => now.includes(id)).join(', '),
    after: now.filter((id) => old.includes(id)).join(', '),
  };
}

function policyFields(hours: HourDiff, a: EscalationPolicy, b: EscalationPolicy): FieldChange[] {
  const plainOf = ({ steps, ...policy }: EscalationPolicy) => ({
    ...policy,
    steps: steps.map(({ to, afterMs, channels }) => `${afterMs / 1_000} s ${to}: ${channels.join(' + ')}`),
  });
  const names = ['severities', 'kinds', 'places', 'groups', 'steps'] as const;
  return [...fieldsOf(plainOf(a), plainOf(b), names), ...hours.between(a.during, b.during)];
}

function ruleFields(hours: HourDiff, a: PlanRule, b: PlanRule): FieldChange[] {
  const LISTS = ['places', 'units'] as const;
  const lists = LISTS.flatMap((field): FieldChange[] => {
    const [old, now] = [listOf(a, field), listOf(b, field)];
    const added = now.filter((id) => !old.includes(id));
    const removed = old.filter((id) => !now.includes(id));
    return added.length + removed.length === 0 ? [] : [{ is: 'list', field, added, removed }];
  });
  const own = new Set(['id', 'binds', 'places', 'units']);
  const [old, now] = [flat(a), flat(b)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((name) => !own.has(name)).sort();
  return [...fieldsOf<Record<string, unknown>>(old, now, names), ...lists, ...hours.between(a.binds, b.binds)];
}

/** The rule as single values: how far a unit must come, and in what time, are two of them. */
function flat(rule: PlanRule): Record<string, unknown> {
  if (rule.kind !== 'duty-strength') return { ...rule };
  const { moved, ...rest } = rule;
  return moved === null ? rest : { ...rest, movedMetres: moved.metres, movedWithinMs: moved.withinMs };
}

function listOf(rule: PlanRule, field: 'places' | 'units'): readonly string[] {
  return ((rule as { readonly places?: readonly string[]; readonly units?: readonly string[] })[field] ??
    []) as string[];
}

function fieldsOf<Item extends object>(a: Item, b: Item, names: readonly (keyof Item & string)[]): FieldChange[] {
  return names.flatMap((name) => (isEqual(a[name], b[name]) ? [] : [value(name, plain(a[name]), plain(b[name]))]));
}

function nameFields(a: PlanChange['name'], b: PlanChange['name']): FieldChange[] {
  return [
    ...(a.zh === b.zh ? [] : [value('nameZh', a.zh, b.zh)]),
    ...(a.en === b.en ? [] : [value('nameEn', a.en, b.en)]),
  ];
}

type PlainValue = Extract<FieldChange, { readonly is: 'value' }>['before'];

function value(field: string, before: PlainValue, after: PlainValue): FieldChange {
  return { is: 'value', field, before, after };
}

/** Lists of values that are compared as a whole, such as kinds of units, are told as one text. */
function plain(of: unknown): PlainValue {
  if (of === undefined || of === null) return null;
  if (typeof of === 'string' || typeof of === 'number' || typeof of === 'boolean') return of;
  return Array.isArray(of) ? of.map((one) => String(plain(one))).join(', ') : JSON.stringify(of);
}

/** Whatever the order of their keys: a plan that comes from the log has another than one that was compiled just now. */
function isEqual(a: unknown, b: unknown): boolean {
  return canonicalJson({ of: a }) === canonicalJson({ of: b });
}

function same(text: string): PlanChange['name'] {
  return { zh: text, en: text };
}

function areaText({ area }: CompiledPlan): string | null {
  if (area === undefined) return null;
  const { westE7, southE7, eastE7, northE7 } = area;
  return [westE7, southE7, eastE7, northE7].map((e7) => (e7 / 1e7).toFixed(4)).join(', ');
}

function summaryOf(shape: Shape): ShapeSummary {
  const count = (lines: readonly (readonly number[])[]): number =>
    lines.reduce((sum, { length }) => sum + length / 2, 0);
  switch (shape.type) {
    case 'polygon':
      return { type: 'polygon', vertices: count(shape.rings), reachM: null };
    case 'circle':
      return { type: 'circle', vertices: 1, reachM: shape.radiusM };
    case 'corridor':
      return { type: 'corridor', vertices: count(shape.lines), reachM: shape.corridorM };
  }
}

/** Compares windows by local day, over the days that both plans know whole. */
class HourDiff {
  readonly #before: CompiledPlan;
  readonly #after: CompiledPlan;
  readonly #clock: LocalClock;
  readonly #days: readonly number[];

  constructor(before: CompiledPlan, after: CompiledPlan) {
    this.#before = before;
    this.#after = after;
    this.#clock = new LocalClock(after.timeZone);
    const fromMs = Math.max(before.expandedFromMs, after.expandedFromMs);
    const toMs = Math.min(before.expandedToMs, after.expandedToMs);
    const first = this.#clock.dayAt(fromMs - 1) + 1;
    const count = Math.max(0, this.#clock.dayAt(toMs) - first);
    this.#days = Array.from({ length: count }, (_, i) => first + i);
  }

  /** Of two schedules, of which each plan has its own. */
  between(before: string, after: string): FieldChange[] {
    const [old, now] = [this.#before.schedules[before] ?? [], this.#after.schedules[after] ?? []];
    const differing = this.#days.flatMap((day) => {
      const [a, b] = [this.#windowsOf(old, day), this.#windowsOf(now, day)];
      return a === b ? [] : [{ day, before: a, after: b }];
    });
    const [first] = differing;
    if (first === undefined) return [];
    const { length: days } = differing;
    const { before: was, after: is } = first;
    return [{ is: 'hours', firstDay: dateText(first.day), days, ofDays: this.#days.length, before: was, after: is }];
  }

  #windowsOf(intervals: Intervals, day: number): string {
    const midnight = day * DAY_MINUTES;
    const whole = [this.#clock.instantMs(midnight), this.#clock.instantMs(midnight + DAY_MINUTES)];
    const at = (ms: number): string => timeText(this.#minuteOf(ms, whole as [number, number], midnight));
    return pairsOf(intersect(intervals, whole))
      .map(([fromMs, toMs]) => `${at(fromMs)}–${at(toMs)}`)
      .join(', ');
  }

  /** What the local clock shows at an instant of a day, minutes: 1440 at its end. */
  #minuteOf(ms: number, [fromMs, toMs]: readonly [number, number], midnight: number): number {
    if (ms === toMs) return DAY_MINUTES;
    const guess = Math.round((ms - fromMs) / MINUTE_MS);
    // On a day with 23 or 25 hours the clock shows another time than the day is old.
    const offBy = this.#clock.instantMs(midnight + guess) - ms;
    return guess - Math.round(offBy / MINUTE_MS);
  }
}
