import type { Random } from '../../../src/simulator/random.js';
import { MINUTE } from '../../engine/support.js';
import type { PlaceSpec, PlanSpec, Point, RulesSpec, UnitSpec } from '../scenario.js';

const UNITS = [
  ['car-1', 'car'],
  ['car-2', 'car'],
  ['foot-1', 'foot'],
  ['moto-1', 'motorcycle'],
  ['car-3', 'car'],
  ['foot-2', 'foot'],
] as const;
/** As the product gives districts that say nothing of their area. */
const AREA_M = 50_000;
const INTERVALS_MS = [15_000, 20_000, 30_000, 30_000];

/** Metres to the decimetres of a scenario. */
export function dm(eastM: number, northM: number): Point {
  return [Math.round(eastM * 10), Math.round(northM * 10)];
}

/** Some plans want so many at each place; where there are two, the second may want others. */
export function withStrength(random: Random, plans: readonly PlanSpec[]): PlanSpec[] {
  if (!random.chance(0.6)) return [...plans];
  const draw = (): RulesSpec['strength'] => ({
    atLeast: random.integer(1, 3),
    counts: random.chance(0.3) ? 'officers' : 'units',
    holdMs: random.pick([0, 60_000, 2 * MINUTE, 5 * MINUTE]),
  });
  const first = draw();
  return plans.map((plan, index) => {
    const strength = index === 0 || random.chance(0.6) ? first : random.chance(0.8) ? draw() : undefined;
    return strength === undefined ? plan : { ...plan, rules: { ...plan.rules, strength } };
  });
}

/** Some plans want so many of all units together, some of them on the move; where there are two, the second may want others. */
export function withDuty(random: Random, plans: readonly PlanSpec[]): PlanSpec[] {
  if (!random.chance(0.4)) return [...plans];
  const draw = (): RulesSpec['duty'] => {
    const counts = random.chance(0.4) ? 'officers' : 'units';
    return {
      atLeast: random.integer(1, 4) * (counts === 'officers' ? 2 : 1),
      counts,
      holdMs: random.pick([0, 60_000, 2 * MINUTE]),
      moved: random.chance(0.4) ? { metres: random.pick([100, 300]), withinMs: random.pick([10, 20]) * MINUTE } : null,
    };
  };
  const first = draw();
  return plans.map((plan, index) => {
    const duty = index === 0 || random.chance(0.6) ? first : random.chance(0.8) ? draw() : undefined;
    return duty === undefined ? plan : { ...plan, rules: { ...plan.rules, duty } };
  });
}

/** Some plans ask who is near whom: units of the campaign meet seldom, so two of them are a bunch soon. */
export function withBunching(random: Random, plans: readonly PlanSpec[]): PlanSpec[] {
  if (!random.chance(0.5)) return [...plans];
  const draw = (): RulesSpec['bunching'] => ({
    atLeast: random.chance(0.7) ? 2 : 3,
    withinM: random.pick([100, 300, 1_000]),
    holdMs: random.pick([2, 5]) * MINUTE,
  });
  const first = draw();
  return plans.map((plan, index) => {
    const bunching = index === 0 || random.chance(0.6) ? first : random.chance(0.8) ? draw() : undefined;
    return bunching === undefined ? plan : { ...plan, rules: { ...plan.rules, bunching } };
  });
}

/** Some plans say where units may be and how fast they may drive; where there are two, the second may say otherwise. */
export function withDiscipline(random: Random, plans: readonly PlanSpec[]): PlanSpec[] {
  const draw = (): Pick<RulesSpec, 'offZone' | 'speed'> => ({
    ...(random.chance(0.6)
      ? { offZone: { beyondM: random.pick([0, 50, 100]), holdMs: random.pick([30_000, 60_000, 3 * MINUTE]) } }
      : {}),
    ...(random.chance(0.6)
      ? {
          speed: {
            limitCmps: random.integer(700, 1_400),
            atPlaceCmps: random.integer(300, 1_600),
            holdMs: random.pick([10_000, 20_000]),
          },
        }
      : {}),
  });
  const withLights = (): Pick<RulesSpec, 'offZone' | 'speed' | 'lights'> => ({
    ...draw(),
    ...(random.chance(0.6)
      ? { lights: { leastPercent: random.integer(30, 95), minVisitMs: random.pick([60_000, 3 * MINUTE]) } }
      : {}),
  });
  const first = withLights();
  return plans.map((plan, index) => {
    const rules = index === 0 || random.chance(0.6) ? first : withLights();
    return { ...plan, rules: { ...plan.rules, ...rules } };
  });
}

/** Some plans want their route driven along; where there are two, the second may want it more often. */
export function withPasses(random: Random, plans: readonly PlanSpec[]): PlanSpec[] {
  if (!random.chance(0.5)) return [...plans];
  const draw = (): RulesSpec['passes'] => ({
    everyMs: random.pick([3, 5, 8, 15]) * MINUTE,
    passWithinMs: random.pick([2, 5, 10]) * MINUTE,
    by: random.chance(0.4) ? 'team' : 'unit',
    graceMs: random.pick([0, 60_000]),
  });
  const first = draw();
  return plans.map((plan, index) => {
    const passes = index === 0 || random.chance(0.6) ? first : random.chance(0.8) ? draw() : undefined;
    return passes === undefined ? plan : { ...plan, rules: { ...plan.rules, passes } };
  });
}

/** Some plans want their checkpoints manned from one time to another; where there are two, the second may want it otherwise. */
export function withWindows(random: Random, plans: readonly PlanSpec[], toMs: number): PlanSpec[] {
  if (!random.chance(0.5)) return [...plans];
  const between = random.integer(8, 20) * MINUTE;
  const at = random.pick([
    [0, toMs + 10 * MINUTE],
    [between, toMs - 5 * MINUTE],
    [2 * MINUTE, between, between + random.pick([1, 5]) * MINUTE, toMs - 8 * MINUTE],
  ]);
  const draw = (): RulesSpec['windows'] => ({
    at: random.chance(0.8) ? at : [between, toMs - 3 * MINUTE],
    graceMs: random.pick([0, 1, 2, 5]) * MINUTE,
    absenceMs: random.pick([1, 2, 5, 10]) * MINUTE,
    handoverMs: random.pick([0, 1, 2]) * MINUTE,
    minPresenceMs: random.pick([0, 60_000]),
  });
  const first = draw();
  return plans.map((plan, index) => {
    const windows = index === 0 || random.chance(0.6) ? first : random.chance(0.8) ? draw() : undefined;
    return windows === undefined ? plan : { ...plan, rules: { ...plan.rules, windows } };
  });
}

/** Some plans give their checkpoints and zones a credit of presence; where there are two, the second may give another. */
export function withDebt(random: Random, plans: readonly PlanSpec[]): PlanSpec[] {
  if (!random.chance(0.5)) return [...plans];
  const draw = (): RulesSpec['debt'] => {
    const creditMs = random.pick([3, 6, 10, 20]) * MINUTE;
    const clearMs = Math.round(creditMs * random.pick([0.05, 0.25, 0.6]));
    return { creditMs, worth: random.integer(1, 10), clearMs, graceMs: random.pick([0, 1, 3]) * MINUTE };
  };
  const first = draw();
  return plans.map((plan, index) => {
    const debt = index === 0 || random.chance(0.6) ? first : random.chance(0.8) ? draw() : undefined;
    return debt === undefined ? plan : { ...plan, rules: { ...plan.rules, debt } };
  });
}

/** Some plans ask whether visits to their checkpoints can be guessed, at a pace at which a drawn shift may come to it; a second plan may ask otherwise. */
export function withRhythm(random: Random, plans: readonly PlanSpec[]): PlanSpec[] {
  if (!random.chance(0.5)) return [...plans];
  const draw = (): RulesSpec['rhythm'] => ({
    revisits: random.pick([2, 2, 3]),
    withinMs: random.pick([1, 3, 10, 20]) * MINUTE,
    mergeMs: random.pick([0, 1, 2]) * MINUTE,
    leastIntervalMs: random.pick([1, 2, 5]) * MINUTE,
  });
  const first = draw();
  return plans.map((plan, index) => {
    const rhythm = index === 0 || random.chance(0.6) ? first : random.chance(0.8) ? draw() : undefined;
    return rhythm === undefined ? plan : { ...plan, rules: { ...plan.rules, rhythm } };
  });
}

/** The first plan, and sometimes one that takes its place in the middle. */
export function drawPlans(random: Random, toMs: number): PlanSpec[] {
  const places = drawPlaces(random);
  const units = drawUnits(random, toMs);
  const rules = drawRules(random, toMs);
  const lasts = random.pick([{}, { possibleForMs: 5 * MINUTE }, { possibleForMs: 12 * MINUTE }]);
  const first: PlanSpec = { loggedAtMs: -100_000, inForceMs: 0, places, units, rules, areaM: AREA_M, ...lasts };
  // Whether one that parks beside a place covers it shows only where nobody else can.
  if (random.chance(0.06)) {
    const alone = units.slice(0, 1).map((unit) => ({ ...unit, duty: null }));
    return [{ ...first, units: alone, rules: { ...rules, binds: null } }];
  }
  // With few units, whether somebody may be in a place is a matter of one of them.
  if (random.chance(0.1)) return [{ ...first, units: units.slice(0, 2), rules: { ...rules, binds: null } }];
  if (!random.chance(0.5)) return [first];
  const loggedAtMs = random.integer(10 * MINUTE, toMs - 10 * MINUTE);
  const leadMs = random.integer(61_000, 5 * MINUTE);
  const next = changed(random, { ...first, loggedAtMs });
  const inForceMs = Math.ceil((loggedAtMs + leadMs) / 1_000) * 1_000;
  return [first, { ...next, inForceMs }];
}

/** Sometimes a plan has an operation order laid over it for a while, and is what it was afterwards. */
export function withOrder(random: Random, plans: readonly PlanSpec[], toMs: number): PlanSpec[] {
  const [first, second] = plans;
  if (first === undefined || second !== undefined || !random.chance(0.4)) return [...plans];
  const loggedAtMs = random.integer(3 * MINUTE, toMs / 2);
  const inForceMs = Math.ceil((loggedAtMs + random.integer(61_000, 4 * MINUTE)) / 1_000) * 1_000;
  const endsMs = inForceMs + random.integer(4, 20) * MINUTE;
  const by = (): number => random.between(-150, 150);
  const middle: Point = random.chance(0.5) ? dm(by(), by()) : dm(900 + by(), 120 + by());
  const post: PlaceSpec = { id: 'o-post', kind: 'circle', at: middle, radiusM: random.integer(50, 110) };
  const order = { post, gapMs: random.pick([MINUTE, 2 * MINUTE, 4 * MINUTE]) };
  return [
    first,
    { ...first, loggedAtMs, inForceMs, order, nth: 0 },
    { ...first, loggedAtMs, inForceMs: endsMs, nth: 1 },
  ];
}

function drawPlaces(random: Random): PlaceSpec[] {
  const by = (): number => random.between(-40, 40);
  const all: PlaceSpec[] = [
    { id: 'a-gate', kind: 'circle', at: dm(by(), by()), radiusM: random.integer(60, 100) },
    { id: 'b-gate', kind: 'circle', at: dm(900 + by(), 120 + by()), radiusM: random.integer(50, 80) },
    { id: 'school', kind: 'square', at: dm(1_700 + by(), -100 + by()), halfM: random.integer(45, 70), zone: false },
    { id: 'west', kind: 'square', at: dm(450 + by(), by()), halfM: random.integer(350, 500), zone: true },
    {
      id: 'road',
      kind: 'corridor',
      line: [dm(-300, 400 + by()), dm(1_000, 420 + by()), dm(2_100, 300 + by())],
      corridorM: random.integer(30, 50),
    },
  ];
  return random.chance(0.5) ? all : all.filter(({ id }) => id !== random.pick(['west', 'road', 'b-gate']));
}

function drawUnits(random: Random, toMs: number): UnitSpec[] {
  return UNITS.slice(0, random.pick([3, 3, 4, 4, 5])).map(([id, kind]) => ({
    id,
    kind,
    tracker: `t-${id}`,
    intervalMs: random.pick(INTERVALS_MS),
    duty: random.chance(0.25) ? [random.integer(0, 20) * MINUTE, toMs - random.integer(0, 10) * MINUTE] : null,
  }));
}

function drawRules(random: Random, toMs: number): RulesSpec {
  return {
    gapMs: random.integer(5, 9) * MINUTE,
    graceMs: MINUTE,
    shortMs: random.integer(5, 10) * MINUTE,
    standMs: random.integer(8, 14) * MINUTE,
    binds: random.chance(0.3) ? [random.integer(0, 15) * MINUTE, toMs - random.integer(0, 15) * MINUTE] : null,
  };
}

/**
 * A plan change as people make them: a place goes, comes or grows, a threshold or an interval changes, trackers are swapped or
 * new, a unit goes.
 */
function changed(random: Random, plan: PlanSpec): PlanSpec {
  switch (random.integer(0, 8)) {
    case 0:
    case 1: {
      const zone = plan.places.find((place) => place.kind === 'square' && place.zone);
      const gone = (random.chance(0.5) ? zone : undefined)?.id ?? random.pick(plan.places).id;
      return { ...plan, places: plan.places.filter(({ id }) => id !== gone) };
    }
    case 2:
      return {
        ...plan,
        places: [...plan.places, { id: 'c-gate', kind: 'circle', at: dm(400, -250), radiusM: 90 }],
      };
    case 3:
      return {
        ...plan,
        places: plan.places.map((place) =>
          place.kind === 'circle' ? { ...place, radiusM: place.radiusM + random.integer(-25, 40) } : place,
        ),
      };
    case 4:
      return { ...plan, rules: { ...plan.rules, gapMs: plan.rules.gapMs + 2 * MINUTE, shortMs: 4 * MINUTE } };
    case 5:
      return { ...plan, units: plan.units.slice(0, -1) };
    case 6: {
      const [one, other, ...rest] = plan.units;
      if (one === undefined || other === undefined) return plan;
      return { ...plan, units: [{ ...one, tracker: other.tracker }, { ...other, tracker: one.tracker }, ...rest] };
    }
    case 7:
      return { ...plan, units: plan.units.map((unit, index) => (index === 0 ? { ...unit, tracker: 't-new' } : unit)) };
    default:
      return { ...plan, units: plan.units.map((unit) => ({ ...unit, intervalMs: 20_000 })) };
  }
}
