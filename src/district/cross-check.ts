import type { Intervals, PlaceKind } from '../model/plan.js';
import { Calendar, localIntervals } from './calendar.js';
import { dayText, spanText, unknownName } from './calendar-faults.js';
import { type FaultList, pointer, type Report } from './faults.js';
import type { AssignmentFile, UnitFile } from './file-schemas.js';
import { escalationFaults } from './escalation-faults.js';
import { intersect } from '../model/intervals.js';
import { DAY_MINUTES } from './local-time.js';
import type { ParsedPlaces } from './parse-places.js';
import type { ParsedPlan } from './parse-plan.js';
import type { At, ParsedUnits } from './parse-units.js';
import { RULE_DEFAULTS, type RuleFile } from './plan-schemas.js';
import { boundIntervals, placeKindOf, subjectsOf } from './rule-binding.js';

export interface ParsedFiles {
  readonly places: ParsedPlaces | null;
  readonly units: ParsedUnits | null;
  readonly plan: ParsedPlan | null;
}

/** What only shows where files meet. A file that could not be read is left out, so that it causes no faults elsewhere. */
export function crossCheck({ places, units, plan }: ParsedFiles, faults: FaultList): void {
  if (units !== null) unitFaults(units, places, plan, faults.in('units.json'));
  if (plan === null) return;
  const report = faults.in('plan.json');
  for (const { item, path } of plan.rules) ruleFaults(item, path, { places, units, plan }, report);
  escalationFaults(plan, { places, units }, report);
  const named = scheduleIntervals(plan);
  if (named === null) return;
  if (places !== null && units !== null) ruleClashes(plan, places, units, named, report);
  if (units !== null) assignmentClashes(units.assignments, plan, named, faults.in('units.json'));
}

function unitFaults(units: ParsedUnits, places: ParsedPlaces | null, plan: ParsedPlan | null, report: Report): void {
  const group = (name: string, path: string) => {
    if (!units.groupIds.has(name)) report(path, unknownName('group', name, [...units.groupIds]));
  };
  const schedule = (name: string, path: string) => {
    if (plan !== null && !plan.scheduleNames.has(name))
      report(path, unknownName('schedule', name, [...plan.scheduleNames]));
  };
  for (const { item, path } of units.units) {
    group(item.group, `${path}/group`);
    schedule(item.duty, `${path}/duty`);
  }
  for (const { item, path } of units.assignments) {
    group(item.group, `${path}/group`);
    if (item.during !== undefined) schedule(item.during, `${path}/during`);
    if (places !== null) placeFault(item.zone, 'zone', `${path}/zone`, places, report);
  }
}

function placeFault(
  id: string,
  expected: PlaceKind | 'any',
  path: string,
  places: Pick<ParsedPlaces, 'kinds'>,
  report: Report,
): void {
  const kind = places.kinds.get(id);
  if (kind === undefined) report(path, unknownName('place', id, [...places.kinds.keys()]));
  else if (kind !== null && expected !== 'any' && kind !== expected)
    report(path, `got the ${kind} "${id}", expected a ${expected}`);
}

/** What a rule may refer to; null: not known, so that nothing is said of it. */
export interface RuleContext {
  readonly places: Pick<ParsedPlaces, 'kinds' | 'given'> | null;
  readonly units: {
    readonly unitIds: ReadonlySet<string>;
    readonly units: readonly { readonly item: Pick<UnitFile, 'id' | 'kind' | 'group' | 'crewCount'> }[];
    readonly assignments: readonly { readonly item: Pick<AssignmentFile, 'group'> }[];
  } | null;
  readonly plan: Pick<ParsedPlan, 'scheduleNames'> | null;
}

/** What is wrong with the places, units and hours that a rule names. */
export function ruleFaults(rule: RuleFile, path: string, { places, units, plan }: RuleContext, report: Report): void {
  if (rule.during !== undefined && plan !== null && !plan.scheduleNames.has(rule.during)) {
    report(`${path}/during`, unknownName('schedule', rule.during, [...plan.scheduleNames]));
  }
  if (places !== null) rulePlaceFaults(rule, path, places, report);
  if (units !== null && 'units' in rule && rule.units !== undefined && rule.units !== 'all') {
    rule.units.forEach((id, index) => {
      if (!units.unitIds.has(id)) report(`${path}/units${pointer(index)}`, unknownName('unit', id, [...units.unitIds]));
    });
  }
  if ('unitKinds' in rule && rule.unitKinds !== undefined && units !== null) {
    const kinds = rule.unitKinds;
    if (!units.units.some(({ item }) => kinds.includes(item.kind))) {
      report(`${path}/unitKinds`, `got ${kinds.join(', ')}, which no unit is, expected the kind of at least one unit`);
    }
  }
  if (rule.kind === 'strength') strengthFaults(rule, path, units, report);
  if (rule.kind === 'bunching') bunchFaults(rule, path, { places, units }, report);
  if (rule.kind === 'debt') debtFaults(rule, path, places, report);
  if (rule.kind === 'off-zone') zoneFaults(rule, path, { places, units }, report);
  if (rule.kind === 'speeding') limitFaults(rule, path, places, report);
  if (
    'minPresenceS' in rule &&
    'thresholdS' in rule &&
    (rule.minPresenceS ?? 0) > (rule.thresholdS ?? Number.POSITIVE_INFINITY)
  ) {
    report(`${path}/minPresenceS`, `got ${rule.minPresenceS}, expected at most thresholdS, ${rule.thresholdS}`);
  }
}

/** A balance must be able to come back, and presence on a route is of another sort. */
function debtFaults(
  { places: named, creditS = RULE_DEFAULTS.debt.creditS, clearS }: Extract<RuleFile, { kind: 'debt' }>,
  path: string,
  places: RuleContext['places'],
  report: Report,
): void {
  if (clearS !== undefined && clearS >= creditS)
    report(`${path}/clearS`, `got ${clearS}, expected less than creditS, ${creditS}`);
  for (const [index, id] of named.entries())
    if (places?.kinds.get(id) === 'route')
      report(`${path}/places${pointer(index)}`, `got the route "${id}", expected a zone or a checkpoint`);
}

/** What a strength rule counts must be said once, and be enough at all. */
function strengthFaults(
  rule: Extract<RuleFile, { kind: 'strength' }>,
  path: string,
  units: RuleContext['units'],
  report: Report,
): void {
  if (rule.in === undefined) {
    if (rule.places === undefined) report(path, 'got neither places nor in, expected one of both');
    for (const field of ['units', 'movedMetres', 'withinMinutes'] as const)
      if (rule[field] !== undefined) report(`${path}/${field}`, 'got it in a rule about places, expected it with in');
    return;
  }
  if (rule.places !== undefined) report(`${path}/places`, `got places and in "${rule.in}", expected one of both`);
  if (rule.in === 'reserve' && rule.units === undefined)
    report(path, 'got in "reserve" without units, expected the ids of the units that are the reserve');
  if (units === null) return;
  const list = units.units.map(({ item }) => item);
  const counted = new Set(subjectsOf(rule, [], list));
  const { units: named = 'all' } = rule;
  // What is unknown is told already.
  if (named !== 'all' && named.some((id) => !units.unitIds.has(id))) return;
  if (counted.size === 0) {
    report(path, 'got a rule that counts no unit, expected at least one of units.json');
    return;
  }
  const most =
    rule.counts === 'officers'
      ? list.filter(({ id }) => counted.has(id)).reduce((sum, { crewCount }) => sum + crewCount, 0)
      : counted.size;
  if (rule.atLeast > most)
    report(
      `${path}/atLeast`,
      `got ${rule.atLeast}, expected at most ${most}: the ${rule.counts ?? 'units'} of all units that it counts`,
    );
}

/** Places must be there, and units enough to make a bunch at all. */
function bunchFaults(
  rule: Extract<RuleFile, { kind: 'bunching' }>,
  path: string,
  { places, units }: Pick<RuleContext, 'places' | 'units'>,
  report: Report,
): void {
  if (places !== null)
    for (const [index, id] of (rule.exceptPlaces ?? []).entries())
      placeFault(id, 'any', `${path}/exceptPlaces${pointer(index)}`, places, report);
  const { units: named = 'all', atLeast = RULE_DEFAULTS.bunching.atLeast } = rule;
  // What is unknown is told already.
  if (units === null || (named !== 'all' && named.some((id) => !units.unitIds.has(id)))) return;
  const most = subjectsOf(
    rule,
    [],
    units.units.map(({ item }) => item),
  ).length;
  if (atLeast > most) report(`${path}/atLeast`, `got ${atLeast}, expected at most ${most}: all units that it watches`);
}

/** Where a unit should be must be said: by the rule, or by an assignment to the group of one of its units. */
function zoneFaults(
  rule: Extract<RuleFile, { kind: 'off-zone' }>,
  path: string,
  { places, units }: Pick<RuleContext, 'places' | 'units'>,
  report: Report,
): void {
  if (places !== null)
    for (const [index, id] of (rule.zones ?? []).entries())
      placeFault(id, 'zone', `${path}/zones${pointer(index)}`, places, report);
  if (units === null || rule.zones !== undefined) return;
  const list = units.units.map(({ item }) => item);
  const watched = new Set(subjectsOf(rule, [], list));
  const groups = new Set(list.filter(({ id }) => watched.has(id)).map(({ group }) => group));
  if (units.assignments.some(({ item }) => groups.has(item.group))) return;
  report(path, 'got no zones, and no zone is assigned to a group of these units in units.json, expected one of both');
}

function limitFaults(
  rule: Extract<RuleFile, { kind: 'speeding' }>,
  path: string,
  places: RuleContext['places'],
  report: Report,
): void {
  for (const [index, limit] of (rule.limits ?? []).entries()) {
    const at = `${path}/limits${pointer(index)}`;
    if (limit.places === undefined && limit.unitKinds === undefined)
      report(
        at,
        'got a limit for all units everywhere, expected places or unitKinds; limitKmh is the limit of all others',
      );
    if (places === null) continue;
    for (const [i, id] of (limit.places ?? []).entries())
      placeFault(id, 'any', `${at}/places${pointer(i)}`, places, report);
  }
}

function rulePlaceFaults(
  rule: RuleFile,
  path: string,
  places: Pick<ParsedPlaces, 'kinds' | 'given'>,
  report: Report,
): void {
  const kind = placeKindOf(rule);
  if (kind === null || (rule.kind === 'strength' && rule.places === undefined)) return;
  const named = 'places' in rule ? (rule.places ?? 'all') : 'all';
  if (named !== 'all') {
    for (const [index, id] of named.entries()) placeFault(id, kind, `${path}/places${pointer(index)}`, places, report);
  } else if (kind !== 'any' && !places.given.has(kind) && !places.given.has(null)) {
    report(
      `${path}/places`,
      `got "all" ${kind}s where there are none, expected at least one ${kind} in places.geojson; or delete this rule`,
    );
  }
}

export type Named = (key: string) => Intervals;

/** Interval lists on the local clock, on the days that stand for all others; null when the calendar is not sound. */
export function scheduleIntervals(plan: ParsedPlan): Named | null {
  if (plan.calendar === null) return null;
  const layers = new Calendar(plan.calendar).layers(plan.schedules);
  const known = new Map<string, Intervals>();
  return (key) => {
    let intervals = known.get(key);
    if (intervals === undefined) {
      const layer = layers.get(key);
      intervals = layer === undefined ? [] : localIntervals(layer, plan.days);
      known.set(key, intervals);
    }
    return intervals;
  };
}

/** Whether a rule counts all its units together: several may count one unit. */
export function isAboutAll(rule: RuleFile): boolean {
  return rule.kind === 'bunching' || (rule.kind === 'strength' && rule.in !== undefined);
}

/** R0 is single-valued: at an instant a place or unit has one threshold of a kind, so that a gap has one alert. */
function ruleClashes(plan: ParsedPlan, places: ParsedPlaces, units: ParsedUnits, named: Named, report: Report): void {
  const placeList = places.places;
  const unitList = units.units.map(({ item }) => item);
  const bound = plan.rules.map(({ item, path }) => ({
    item,
    path,
    subjects: new Set(subjectsOf(item, placeList, unitList)),
    intervals: boundIntervals(item, named),
  }));
  bound.forEach((later, index) => {
    for (const earlier of bound.slice(0, index)) {
      if (earlier.item.kind !== later.item.kind || isAboutAll(earlier.item) || isAboutAll(later.item)) continue;
      const shared = [...later.subjects].find((subject) => earlier.subjects.has(subject));
      if (shared === undefined) continue;
      const both = firstOf(intersect(earlier.intervals, later.intervals), plan);
      if (both === null) continue;
      report(
        later.path,
        `got a second ${later.item.kind} rule for "${shared}" at ${both} (the first is ${earlier.path}, "${earlier.item.id}"), expected one at an instant`,
      );
    }
  });
}

/** One group a zone at an instant. */
function assignmentClashes(
  assignments: readonly At<AssignmentFile>[],
  plan: ParsedPlan,
  named: Named,
  report: Report,
): void {
  const during = (assignment: AssignmentFile) => named(assignment.during ?? 'always');
  assignments.forEach(({ item, path }, index) => {
    for (const earlier of assignments.slice(0, index)) {
      if (earlier.item.zone !== item.zone || earlier.item.group === item.group) continue;
      const both = firstOf(intersect(during(earlier.item), during(item)), plan);
      if (both === null) continue;
      report(
        path,
        `got group "${item.group}" for the zone "${item.zone}" at ${both}, when ${earlier.path} gives it to "${earlier.item.group}", expected one group at an instant`,
      );
    }
  });
}

/** The first common span in words, or null when there is none. */
export function firstOf(intervals: Intervals, plan: ParsedPlan): string | null {
  const [from, to] = intervals;
  if (from === undefined || to === undefined || plan.calendar === null) return null;
  const day = Math.floor(from / DAY_MINUTES);
  const end = Math.min(to, (day + 1) * DAY_MINUTES);
  return `${spanText(from, end, day)} on ${dayText(day, new Calendar(plan.calendar).dayType(day))}`;
}
