import {
  networkTopic,
  placeTopic,
  scopeTopic,
  unitTopic,
  uselessTopic,
  visitTopic,
  type AlertTopic,
} from '../../src/engine/alerts/topics.js';
import type { Episode, Occasion } from '../../src/engine/alerts/episodes.js';
import type { AlertEvidence, AlertRule, AlertVersion, Certainty, RoutePassFacts } from '../../src/model/alert.js';
import type {
  CompiledPlan,
  PlanPlace,
  PlanRule,
  PlanUnit,
  StrengthScope,
  TrackerSilenceRule,
} from '../../src/model/plan.js';
import { TRACKER_FAULTS } from '../../src/model/tracker-fault.js';
import { HOUR, MINUTE } from '../engine/support.js';
import { at, rhythmWith, windowWith } from './place-facts.js';
import { AlertBook } from './alert-book.js';
import { owedFindings } from './every-debt.js';
import { everyCall } from './every-call.js';
import { AVENUE_ROUTE, CARS, districtWith, HOSPITAL, NEW_TOWN, RULES, SCHOOL } from './district.js';

/** Facts of a rule's findings. */
export interface Findings {
  readonly topic: AlertTopic;
  readonly certainty: Certainty;
  readonly goesOn: AlertEvidence;
  /** What becomes of that while it lasts. */
  readonly later?: AlertEvidence;
  readonly over: readonly AlertEvidence[];
  /** Each makes an alert of its own. */
  readonly variants: readonly (AlertEvidence & { readonly certainty?: Certainty })[];
  readonly disproof: AlertEvidence;
}

const DISTRICT: CompiledPlan = districtWith(
  ...([
    'post',
    'ward',
    'zone',
    'route',
    'window',
    'debt',
    'predictable',
    'pass',
    'strength',
    'reserve',
    'bunch',
    'short',
    'stand',
    'zoneOnly',
    'speed',
    'lights',
    'silence',
  ] as const),
);
const UNIT = DISTRICT.units[0] as PlanUnit;

/** What each rule but the call for help says at every change that its alerts can have. */
const FINDINGS: Readonly<Record<Exclude<AlertRule, 'sos' | 'dwell-short' | 'lights'>, Findings>> = {
  'zone-gap': gapFindings(RULES.zone as PlanRule, NEW_TOWN, 30),
  'checkpoint-gap': gapFindings(RULES.post as PlanRule, SCHOOL, 5),
  'route-gap': gapFindings(RULES.route as PlanRule, AVENUE_ROUTE, 30),
  'checkpoint-window': {
    topic: placeTopic(RULES.window as PlanRule, SCHOOL),
    certainty: 'uncovered',
    goesOn: windowWith([{ is: 'late', certain: true }]),
    over: [
      {
        ...windowWith([{ is: 'late', certain: true }], { arrived: { unit: 'm306', atMs: at(64) } }),
        ending: 'arrival',
        byUnit: 'm306',
        byEventTimeMs: at(64),
      },
      { ...windowWith([{ is: 'missed', certain: true }]), ending: 'window' },
      {
        ...windowWith(
          [
            { is: 'late', certain: true },
            { is: 'early-leave', certain: false },
          ],
          { arrived: { unit: 'm306', atMs: at(5) } },
        ),
        ending: 'window',
        lastUnit: 'm306',
        lastSeenMs: at(0),
      },
    ],
    variants: [
      { ...windowWith([{ is: 'late', certain: false }]), certainty: 'unknown', possibleUnits: ['m301', 'm302'] },
      { ...windowWith([{ is: 'late', certain: false }]), certainty: 'unknown' },
      {
        ...windowWith([{ is: 'absence', certain: true }], { awayMs: 7 * MINUTE }),
        lastUnit: 'm306',
        lastSeenMs: at(0),
      },
      {
        ...windowWith([{ is: 'absence', certain: false }], { awayMs: 0 }),
        certainty: 'unknown',
        possibleUnits: ['m301'],
        unseenUnits: ['m301'],
      },
      {
        ...windowWith([{ is: 'absence', certain: true, excused: true }], { awayMs: 7 * MINUTE, excusedMs: 5 * MINUTE }),
        lastUnit: 'm306',
        lastSeenMs: at(0),
      },
      {
        ...windowWith([{ is: 'absence', certain: true }], { awayMs: 17 * MINUTE, excusedMs: 5 * MINUTE }),
        lastUnit: 'm306',
        lastSeenMs: at(0),
      },
    ],
    disproof: { byUnit: 'm301', byEventTimeMs: at(4) },
  },
  debt: owedFindings(RULES.debt as PlanRule, SCHOOL, at),
  predictable: {
    topic: placeTopic(RULES.predictable as PlanRule, SCHOOL),
    certainty: 'certain',
    goesOn: rhythmWith({}),
    over: [
      { ...rhythmWith({}), ending: 'broken', byUnit: 'm306', byEventTimeMs: at(64) },
      { ...rhythmWith({}), ending: 'broken' },
      { ...rhythmWith({}), ending: 'window' },
    ],
    variants: [rhythmWith({ smallestMs: 20 * MINUTE, largestMs: 20 * MINUTE + 5_000, nextToMs: at(20) })],
    disproof: { byUnit: 'm301', byEventTimeMs: at(-10) },
  },
  'route-pass': {
    topic: placeTopic(RULES.pass as PlanRule, AVENUE_ROUTE),
    certainty: 'uncovered',
    goesOn: lateOn({ late: 'segment', coveredPercent: 70, observedPercent: 60, direction: 'forward' }),
    over: [{ ending: 'arrival', byUnit: 'm302', byEventTimeMs: at(64) }, { ending: 'arrival' }, { ending: 'window' }],
    variants: [
      lateOn({ late: 'segment', coveredPercent: 70, observedPercent: 70 }),
      lateOn({ late: 'pass', coveredPercent: 100, observedPercent: 100 }),
      lateOn({
        late: 'pass',
        coveredPercent: 100,
        observedPercent: 80,
        lastPass: { unit: 'm302', endedMs: at(-40), direction: 'backward', observedPercent: 90 },
      }),
      { ...lateOn(hardly()), certainty: 'unknown', possibleUnits: ['m301', 'm302'] },
      { ...lateOn(hardly()), certainty: 'unknown' },
      { ...lateOn(hardly()), certainty: 'unknown', possibleUnits: ['m301'], sureSinceMs: at(31) },
      { ...lateOn(hardly()), certainty: 'unknown', sureSinceMs: at(31) },
    ],
    disproof: {},
  },
  strength: {
    topic: placeTopic(RULES.strength as PlanRule, HOSPITAL),
    certainty: 'uncovered',
    goesOn: shortOf(1, 1),
    over: [{ ending: 'arrival', byUnit: 'm302', byEventTimeMs: at(64) }, { ending: 'arrival' }, { ending: 'window' }],
    variants: [
      shortOf(0, 2),
      { ...shortOf(1, 3), certainty: 'unknown', possibleUnits: ['m301', 'm302'] },
      { ...shortOf(1, 3), certainty: 'unknown' },
      { ...shortOf(3, 3), certainty: 'unknown' },
      shortOf(3, 3),
      { ...shortOf(4, 4), strength: { atLeast: 7, counts: 'officers', present: 4, atMost: 4 } },
    ],
    disproof: {},
  },
  'duty-strength': {
    topic: scopeTopic(RULES.reserve as PlanRule, DISTRICT.district),
    certainty: 'uncovered',
    goesOn: onHandOf(4, 4, 'reserve'),
    over: [{ ending: 'arrival', byUnit: 'm302', byEventTimeMs: at(64) }, { ending: 'arrival' }, { ending: 'window' }],
    variants: [
      onHandOf(2, 6, 'district'),
      { ...onHandOf(4, 8, 'reserve', true), certainty: 'unknown', possibleUnits: ['m301', 'm302'] },
      { ...onHandOf(4, 8, 'district'), certainty: 'unknown' },
      { ...onHandOf(4, 8, 'reserve'), certainty: 'unknown', possibleUnits: ['m301'], sureSinceMs: at(31) },
      onHandOf(7, 7, 'reserve'),
      { ...onHandOf(4, 8, 'reserve'), certainty: 'unknown', unrostered: ['m302'] },
    ],
    disproof: {},
  },
  bunching: {
    topic: scopeTopic(RULES.bunch as PlanRule, DISTRICT.district),
    certainty: 'certain',
    goesOn: { ...bunchOf([['m301', 'm302', 'm303']], ['school']), nearPlace: 'huanan', nearPlaceM: 120 },
    later: bunchOf([['m301', 'm302', 'm303', 'm304']], ['school']),
    over: [{ ending: 'movement' }, { ending: 'arrival' }, { ending: 'window' }],
    variants: [
      bunchOf([['m301', 'm302', 'm303', 'm304', 'm305']], ['hospital', 'school']),
      {
        ...bunchOf(
          [
            ['m301', 'm302', 'm303'],
            ['m304', 'm305', 'm306'],
          ],
          ['hospital', 'huanan', 'xincheng'],
        ),
        nearPlace: 'xincheng',
        nearPlaceM: 0,
      },
    ],
    disproof: {},
  },
  'dwell-long': {
    topic: unitTopic(RULES.stand as PlanRule, UNIT),
    certainty: 'certain',
    goesOn: { thresholdMs: 25 * MINUTE, nearPlace: 'huanan', nearPlaceM: 120, standsAt: { lng: 116.1, lat: 24.27 } },
    over: [{ ending: 'movement' }, { ending: 'window' }],
    variants: [
      { thresholdMs: 25 * MINUTE, standsAt: { lng: 116.12345, lat: 24.27 } },
      { thresholdMs: 25 * MINUTE, nearPlace: 'xincheng', nearPlaceM: 0, standsAt: { lng: 116.1, lat: 24.3 } },
    ],
    disproof: {},
  },
  'off-zone': {
    topic: unitTopic(RULES.zoneOnly as PlanRule, UNIT),
    certainty: 'certain',
    goesOn: { thresholdMs: 3 * MINUTE, offZone: { zones: ['xincheng'], awayM: 450 } },
    over: [{ ending: 'arrival' }, { ending: 'silence' }, { ending: 'window' }],
    variants: [
      { thresholdMs: 3 * MINUTE, offZone: { zones: ['hospital', 'xincheng'], awayM: 210 } },
      { thresholdMs: 3 * MINUTE, offZone: { zones: ['hospital', 'huanan', 'xincheng'], awayM: 210 } },
    ],
    disproof: {},
  },
  speeding: {
    topic: unitTopic(RULES.speed as PlanRule, UNIT),
    certainty: 'certain',
    goesOn: { thresholdMs: 10_000, speeding: { mostKmh: 104, limitKmh: 80, lights: 'off' } },
    over: [{ ending: 'movement' }, { ending: 'silence' }, { ending: 'window' }],
    variants: (['on', 'partly', 'not-measured'] as const).map((lights) => ({
      thresholdMs: 10_000,
      speeding: { mostKmh: 92, limitKmh: 60, lights },
    })),
    disproof: {},
  },
  'tracker-silence': {
    topic: unitTopic(RULES.silence as PlanRule, UNIT),
    certainty: 'certain',
    goesOn: { thresholdMs: 90_000 },
    over: [{ ending: 'report' }, { ending: 'window' }],
    variants: [{ thresholdMs: 90_000, sinceDutyStart: true }],
    disproof: {},
  },
  'tracker-useless': {
    topic: uselessTopic(RULES.silence as PlanRule, UNIT),
    certainty: 'certain',
    goesOn: { thresholdMs: 10 * MINUTE, trackerFault: 'clock-ahead', clockOffsetMs: 8 * HOUR },
    over: [{ ending: 'report' }, { ending: 'silence' }, { ending: 'window' }],
    variants: TRACKER_FAULTS.map((trackerFault) => ({
      thresholdMs: 10 * MINUTE,
      trackerFault,
      ...(trackerFault.startsWith('clock') ? { clockOffsetMs: -95 * MINUTE } : {}),
    })),
    disproof: {},
  },
  'network-outage': {
    topic: networkTopic(RULES.silence as TrackerSilenceRule, 'meixian'),
    certainty: 'certain',
    goesOn: { units: CARS.slice(0, 4), unitsOnDuty: 6 },
    later: { units: CARS.slice(0, 5) },
    over: [{ ending: 'report' }],
    variants: [],
    disproof: {},
  },
};

function hardly(): Omit<RoutePassFacts, 'fromM' | 'toM' | 'passWithinMs'> {
  return { late: 'segment', coveredPercent: 10, observedPercent: 10, direction: 'backward' };
}

function lateOn(facts: Omit<RoutePassFacts, 'fromM' | 'toM' | 'passWithinMs'>): AlertEvidence {
  const routePass = { ...facts, fromM: 300, toM: 400, passWithinMs: 45 * MINUTE };
  return {
    thresholdMs: 90 * MINUTE,
    graceMs: 5 * MINUTE,
    planVersion: 1,
    lastUnit: 'm306',
    lastSeenMs: at(-90),
    routePass,
  };
}

function shortOf(present: number, atMost: number): AlertEvidence {
  return { thresholdMs: 2 * MINUTE, planVersion: 1, strength: { atLeast: 3, counts: 'units', present, atMost } };
}

function bunchOf(bunches: readonly (readonly string[])[], uncovered: readonly string[]): AlertEvidence {
  return { thresholdMs: 10 * MINUTE, planVersion: 1, bunching: { atLeast: 3, withinM: 100, bunches, uncovered } };
}

function onHandOf(present: number, atMost: number, scope: StrengthScope, moves = false): AlertEvidence {
  const moved = moves ? { moved: { metres: 500, withinMs: 60 * MINUTE } } : {};
  const strength = { atLeast: 7, counts: 'officers', present, atMost, scope, ...moved } as const;
  return { thresholdMs: 2 * MINUTE, planVersion: 1, strength };
}

function gapFindings(rule: PlanRule, place: PlanPlace, limitMin: number): Findings {
  const limit = { thresholdMs: limitMin * MINUTE, graceMs: 2 * MINUTE, planVersion: 1 };
  const maybe = { ...limit, certainty: 'unknown' } as const;
  return {
    topic: placeTopic(rule, place),
    certainty: 'uncovered',
    goesOn: { ...limit, lastUnit: 'm306', lastSeenMs: at(0), sureSinceMs: at(0) },
    over: [{ ending: 'arrival', byUnit: 'm306', byEventTimeMs: at(64) }, { ending: 'window' }],
    variants: [
      { ...maybe, possibleUnits: ['m301'], unseenUnits: ['m301'] },
      { ...maybe, possibleUnits: ['m301', 'm302', 'm303'], unseenUnits: ['m301'] },
      { ...maybe },
      { ...maybe, possibleUnits: ['m301', 'm302'], unseenUnits: ['m301'], sureSinceMs: at(31) },
      { ...maybe, sureSinceMs: at(31) },
      { ...limit, sureSinceMs: at(2) },
      {
        ...maybe,
        possibleUnits: ['m301'],
        unseenUnits: ['m301'],
        notReporting: [{ unit: 'm302', sinceMs: at(-60) }],
        bridged: [{ unit: 'm303', lastSeenMs: at(5), nextSeenMs: at(25) }],
        stated: [
          { unit: 'm304', at: 'hospital', statedAtMs: at(12) },
          { unit: 'm305', at: null, statedAtMs: at(13) },
        ],
      },
    ],
    disproof: { byUnit: 'm301', byEventTimeMs: at(4) },
  };
}

/** Versions of alerts of a rule, with every change that it can have. */
export function everyChange(rule: AlertRule): AlertVersion[] {
  if (rule === 'sos') return everyCall();
  if (rule === 'dwell-short') return everyShortVisit();
  if (rule === 'lights') return everyUnlitVisit();
  const found = FINDINGS[rule];
  return [...life(found), ...endings(found), ...variants(found), ...mistakes(found)];
}

function episode(found: Findings, fromMin: number, toMin: number | null, more: AlertEvidence = {}): Episode {
  const { certainty, goesOn } = found;
  const sure = goesOn.sureSinceMs === undefined ? {} : { sureSinceMs: at(fromMin) };
  const evidence = { ...goesOn, ...sure, ...more };
  return { fromMs: at(fromMin), toMs: toMin === null ? null : at(toMin), certainty, evidence };
}

/** All that people and time do to one alert, from its raise until it is confirmed. */
function life(found: Findings): AlertVersion[] {
  const book = new AlertBook(found.topic, DISTRICT);
  const [over = {}] = found.over;
  book.judge(33, [episode(found, 0, null)]);
  book.act(34, 'comment', { comment: '已通知巡逻组长。' });
  book.refuse(35);
  book.act(36, 'shelve');
  book.act(40, 'unshelve');
  book.act(41, 'shelve');
  book.wait(51);
  book.explain(52);
  book.judge(52, [episode(found, 0, null, found.later)]);
  book.judge(53, [episode(found, 2, null, found.later)], 'late-data');
  book.act(54, 'acknowledge');
  book.act(55, 'acknowledge', { actor: 'qian-li' });
  book.judge(64, [episode(found, 2, 64, over)]);
  book.act(65, 'shelve');
  book.judge(101, [episode(found, 2, 64, over), episode(found, 68, null)]);
  book.judge(106, [episode(found, 2, 64, over), episode(found, 68, 106, over)]);
  book.act(107, 'acknowledge', { comment: '已核实' });
  book.wait(1_000);
  return book.told;
}

/** The ways in which it ends; and one that comes and goes, and is held. */
function endings(found: Findings): AlertVersion[] {
  const told: AlertVersion[] = [];
  for (const over of [...found.over, 'drop', 'stop'] as const) {
    const book = new AlertBook(found.topic, DISTRICT);
    book.judge(33, [episode(found, 0, null)]);
    if (over === 'drop') book.drop(64);
    else if (over === 'stop') book.stop(64);
    else book.judge(64, [episode(found, 0, 64, over)]);
    if (over === 'drop') book.act(65, 'acknowledge');
    told.push(...book.told.slice(1));
  }
  const [over = {}] = found.over;
  const book = new AlertBook(found.topic, DISTRICT);
  book.judge(6, [episode(found, 0, null)]);
  book.judge(
    7,
    [0, 3, 6].map((from) => episode(found, from, from + 1, over)),
  );
  book.judge(
    60,
    [0, 3, 6].map((from) => episode(found, from, from + 1, over)),
  );
  return [...told, ...book.told.slice(1)];
}

function variants(found: Findings): AlertVersion[] {
  const told: AlertVersion[] = [];
  for (const { certainty = found.certainty, ...evidence } of found.variants) {
    const book = new AlertBook(found.topic, DISTRICT);
    const from = { ...episode(found, 0, null), certainty, evidence };
    book.judge(33, [from]);
    if (certainty !== found.certainty) {
      // It becomes sure, and is over, or is over before.
      book.judge(40, [episode(found, 0, null)]);
      told.push(...book.told.splice(0));
      const unsure = new AlertBook(found.topic, DISTRICT);
      unsure.judge(33, [from]);
      unsure.judge(64, [{ ...from, toMs: at(64), evidence: { ...evidence, ...found.over[0] } }]);
      told.push(...unsure.told.slice(1));
    }
    told.push(...book.told);
  }
  return told;
}

/** It was wrong, and why; and one that was over long before it was known. */
function mistakes(found: Findings): AlertVersion[] {
  const told: AlertVersion[] = [];
  const raised = (certainty: Certainty = found.certainty): AlertBook => {
    const book = new AlertBook(found.topic, DISTRICT);
    book.judge(33, [{ ...episode(found, 0, null), certainty }]);
    book.told.pop();
    return book;
  };
  const causes: readonly Occasion['cause'][] = ['late-data', 'timer'];
  for (const certainty of found.certainty === 'uncovered' ? (['uncovered', 'unknown'] as const) : [found.certainty]) {
    for (const cause of causes) {
      for (const disproof of [found.disproof, {}]) {
        const book = raised(certainty);
        book.judge(50, [], cause, disproof);
        told.push(...book.told);
      }
    }
  }
  for (const cause of ['fold', 'resume'] as const) {
    const book = raised();
    book.takeBack(50, cause);
    told.push(...book.told);
  }
  const merged = raised();
  merged.takeBack(50, 'late-data', 'another');
  merged.act(51, 'acknowledge');
  merged.act(52, 'comment', { comment: '知悉' });
  const late = new AlertBook(found.topic, DISTRICT);
  late.judge(90, [episode(found, 0, 64, found.over[0])], 'late-data');
  return [...told, ...merged.told, ...late.told];
}

/** A visit that was too short is an event: nothing ends it. */
function everyShortVisit(): AlertVersion[] {
  const visit = (fromMin: number, outerMs: number): Episode => ({
    fromMs: at(fromMin),
    toMs: at(fromMin) + outerMs - 20_000,
    certainty: 'certain',
    evidence: { innerMs: outerMs - 20_000, outerMs, thresholdMs: 10 * MINUTE, planVersion: 1 },
  });
  return everyEvent(visitTopic(RULES.short as PlanRule, UNIT, HOSPITAL), visit);
}

/** So is one during which the lightbar was seldom on. */
function everyUnlitVisit(): AlertVersion[] {
  const visit = (fromMin: number, offMs: number): Episode => ({
    fromMs: at(fromMin),
    toMs: at(fromMin) + offMs + 60_000,
    certainty: 'certain',
    evidence: {
      lights: { onMs: 50_000, offMs, notMeasuredMs: offMs < 100_000 ? 20_000 : 0, leastPercent: 90 },
      planVersion: 1,
    },
  });
  return everyEvent(visitTopic(RULES.lights as PlanRule, UNIT, SCHOOL), visit);
}

function everyEvent(topic: AlertTopic, visit: (fromMin: number, ms: number) => Episode): AlertVersion[] {
  const book = new AlertBook(topic, DISTRICT);
  book.judge(8, [visit(0, 319_000)]);
  book.act(9, 'comment', { comment: '接到警情后离开' });
  book.refuse(9);
  book.judge(10, [visit(0, 300_000)], 'late-data');
  book.judge(18, [visit(0, 300_000), visit(10, 90_000)]);
  book.act(19, 'acknowledge');
  book.act(19, 'acknowledge', { actor: 'qian-li' });
  book.explain(10);
  book.judge(20, [visit(0, 300_000), visit(10, 90_000)]);
  book.wait(1_000);
  book.judge(1_001, [], 'late-data');
  const late = new AlertBook(topic, DISTRICT);
  late.judge(90, [visit(0, 540_000)], 'late-data');
  late.takeBack(91, 'fold');
  late.act(92, 'acknowledge');
  return [...book.told, ...late.told];
}
