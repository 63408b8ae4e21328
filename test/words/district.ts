import type { CompiledPlan, PlanPlace, PlanRule } from '../../src/model/plan.js';
import { at, checkpointGap, circle, HOUR, MINUTE, plan, square, T0, unit } from '../engine/support.js';

/** Cars far from each other and from all places but where a scene sends them. */
export const CARS = ['m301', 'm302', 'm303', 'm304', 'm305', 'm306'];
export const TIME_ZONE = 'Asia/Shanghai';

const AVENUE = [at(3_000, -2_000), at(3_000, 2_000)].flatMap(({ lngE7, latE7 }) => [lngE7, latE7]);

export const SCHOOL: PlanPlace = circle('school', at(0), 100, {
  name: { zh: '新城小学护学岗', en: 'New Town Primary School gate' },
});
export const HOSPITAL: PlanPlace = circle('hospital', at(6_000), 100, {
  name: { zh: '区人民医院', en: "District People's Hospital" },
});
export const AVENUE_ROUTE: PlanPlace = circle('huanan', at(3_000), 1, {
  kind: 'route',
  name: { zh: '华南大道', en: 'Huanan Avenue' },
  shape: { type: 'corridor', lines: [AVENUE], corridorM: 60 },
});
export const NEW_TOWN: PlanPlace = {
  ...square('xincheng', at(0, 6_000), 1_500),
  name: { zh: '新城一', en: 'New Town 1' },
};

const gap = { thresholdMs: 10 * MINUTE, graceMs: 2 * MINUTE };
export const RULES: Readonly<Record<string, PlanRule>> = {
  post: checkpointGap(['school'], { id: 'post', binds: 'morning', thresholdMs: 5 * MINUTE }),
  ward: checkpointGap(['hospital'], { id: 'ward', ...gap, severity: 'medium' }),
  zone: checkpointGap(['xincheng'], {
    ...gap,
    id: 'zone',
    kind: 'zone-gap',
    severity: 'medium',
    thresholdMs: 30 * MINUTE,
  } as Partial<PlanRule>),
  route: checkpointGap(['huanan'], {
    ...gap,
    id: 'route',
    kind: 'route-gap',
    severity: 'medium',
    thresholdMs: 30 * MINUTE,
    minPresenceMs: 0,
  } as Partial<PlanRule>),
  strength: {
    id: 'strength',
    kind: 'strength',
    severity: 'medium',
    binds: 'always',
    places: ['hospital'],
    atLeast: 3,
    counts: 'units',
    holdMs: 2 * MINUTE,
    unitKinds: ['car'],
  },
  reserve: {
    id: 'reserve',
    kind: 'duty-strength',
    severity: 'high',
    binds: 'always',
    scope: 'reserve',
    units: ['m301', 'm302', 'm303'],
    atLeast: 5,
    counts: 'officers',
    holdMs: 2 * MINUTE,
    moved: null,
  },
  bunch: {
    id: 'bunch',
    kind: 'bunching',
    severity: 'medium',
    binds: 'always',
    units: CARS,
    atLeast: 3,
    withinM: 100,
    holdMs: 10 * MINUTE,
    exceptPlaces: [],
  },
  short: {
    id: 'short',
    kind: 'dwell-short',
    severity: 'low',
    binds: 'always',
    places: ['hospital'],
    minVisitMs: 10 * MINUTE,
  },
  stand: {
    id: 'stand',
    kind: 'dwell-long',
    severity: 'low',
    binds: 'always',
    units: CARS,
    maxStandMs: 25 * MINUTE,
  },
  pass: {
    id: 'pass',
    kind: 'route-pass',
    severity: 'low',
    binds: 'always',
    places: ['huanan'],
    everyMs: 90 * MINUTE,
    passWithinMs: 45 * MINUTE,
    by: 'unit',
    graceMs: 5 * MINUTE,
    unitKinds: ['car', 'motorcycle', 'foot'],
  },
  debt: {
    id: 'debt',
    kind: 'debt',
    severity: 'medium',
    binds: 'morning',
    places: ['school'],
    creditMs: 30 * MINUTE,
    worth: 8,
    clearMs: 8 * MINUTE,
    graceMs: 2 * MINUTE,
    unitKinds: ['car', 'motorcycle', 'foot'],
  },
  window: {
    id: 'window',
    kind: 'checkpoint-window',
    severity: 'medium',
    binds: 'morning',
    places: ['school'],
    graceMs: 2 * MINUTE,
    absenceMs: 10 * MINUTE,
    handoverMs: 2 * MINUTE,
    minPresenceMs: MINUTE,
    unitKinds: ['car', 'motorcycle', 'foot'],
  },
  predictable: {
    id: 'rhythm',
    kind: 'predictable',
    severity: 'low',
    binds: 'always',
    places: ['school'],
    revisits: 3,
    withinMs: 3 * MINUTE,
    mergeMs: 5 * MINUTE,
    leastIntervalMs: 10 * MINUTE,
    unitKinds: ['car', 'motorcycle', 'foot'],
  },
  zoneOnly: {
    id: 'own-zone',
    kind: 'off-zone',
    severity: 'medium',
    binds: 'always',
    units: CARS,
    zones: [{ group: 'g1', zone: 'xincheng', during: 'always' }],
    beyondM: 100,
    holdMs: 3 * MINUTE,
  },
  speed: {
    id: 'speed',
    kind: 'speeding',
    severity: 'low',
    binds: 'always',
    units: CARS,
    limits: [{ limitCmps: 2_222, places: null, unitKinds: ['car'] }],
    toleranceCmps: 278,
    holdMs: 10_000,
    exempt: 'task-and-lights',
  },
  lights: {
    id: 'lights',
    kind: 'lights',
    severity: 'low',
    binds: 'always',
    places: ['huanan', 'school'],
    unitKinds: ['car', 'motorcycle'],
    leastPercent: 90,
    minVisitMs: 2 * MINUTE,
  },
  silence: { id: 'silence', kind: 'tracker-silence', severity: 'medium', binds: 'always', units: CARS },
};

/** A district of the day, with some of its rules. */
export function districtWith(...rules: readonly (keyof typeof RULES)[]): CompiledPlan {
  return plan({
    places: [SCHOOL, HOSPITAL, AVENUE_ROUTE, NEW_TOWN],
    units: CARS.map((id) => unit(id, { callsign: `梅巡${id.slice(1)}`, duty: 'day' })),
    rules: rules.map((name) => RULES[name] as PlanRule),
    timeZone: TIME_ZONE,
    schedules: { morning: [T0, T0 + 2 * HOUR], day: [T0 - HOUR, T0 + 9 * HOUR] },
  });
}
