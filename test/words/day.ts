import { distanceM } from '../../src/geo/ruler.js';
import type { AlertVersion } from '../../src/model/alert.js';
import type { ActionEntry, LogEntry } from '../../src/model/log-entry.js';
import type { PositionE7 } from '../../src/model/position.js';
import { actOnLast, at, Bench, fix, HOUR, MINUTE, RULER, T0 } from '../engine/support.js';
import { CARS, districtWith, type RULES } from './district.js';

type Track = (ms: number) => PositionE7 | null;

/** What happens on one day of the district: scenes that the engine plays, each from its own log. Sorted by time. */
export function playDay(): readonly AlertVersion[] {
  const told = SCENES.flatMap((scene) => scene());
  return told.sort((a, b) => a.atMs - b.atMs);
}

const SCENES: readonly (() => AlertVersion[])[] = [
  emptySchoolGate,
  doubtThatABacklogEnds,
  statedElsewhere,
  zoneAndRoute,
  shortVisit,
  longStand,
  silentCar,
  carThatNeverCame,
  networkFault,
  callForHelp,
  clockAhead,
  tooFew,
  thinReserve,
  allTogether,
  outOfItsZone,
  tooFast,
  lightsOff,
  routeOverdue,
  lateAtTheGate,
  touchedAtTheGate,
  byTheClock,
];

/** The gate is empty from the beginning; a car that was sent comes. */
function emptySchoolGate(): AlertVersion[] {
  const bench = startAt(0, 'post');
  bench.drive(minute(8), all(at(0, -2_500)));
  act(bench, 'acknowledge');
  act(bench, 'comment', { comment: '已派梅巡306' });
  act(bench, 'shelve', { comment: '梅巡306途中', untilMs: bench.nowMs + 2 * MINUTE });
  bench.drive(minute(100), { ...all(at(0, -2_500)), m306: trip(minute(10), at(0, -2_500), at(0)) });
  return bench.alerts;
}

/** A car is silent at the hospital; what it had stored shows that it was there. */
function doubtThatABacklogEnds(): AlertVersion[] {
  const bench = startAt(60, 'ward');
  const untilMs = minute(70);
  bench.drive(untilMs, { ...all(FAR), m301: () => HOSPITAL_AT });
  bench.drive(minute(87), { ...all(FAR), m301: never });
  const stored = Array.from({ length: 90 }, (_, i) => fix(untilMs + i * 10_000, HOSPITAL_AT, { backfill: true }));
  bench.send('m301', ...stored);
  bench.drive(minute(89), { ...all(FAR), m301: () => HOSPITAL_AT });
  return bench.alerts;
}

/** A supervisor hears by radio that a silent car is elsewhere. */
function statedElsewhere(): AlertVersion[] {
  const bench = startAt(90, 'ward');
  bench.drive(minute(95), { ...all(FAR), m302: () => HOSPITAL_AT });
  bench.drive(minute(98), { ...all(FAR), m302: never });
  bench.append(bench.nowMs, statement('m302', 'school', bench.nowMs + HOUR));
  bench.drive(minute(120), { ...all(FAR), m302: never });
  bench.drive(minute(135), { ...all(FAR), m302: trip(minute(122), at(3_600), HOSPITAL_AT) });
  return bench.alerts;
}

function zoneAndRoute(): AlertVersion[] {
  const bench = startAt(130, 'zone', 'route');
  const [south, west] = [at(0, 3_500), at(2_000)];
  bench.drive(minute(180), {
    ...all(FAR),
    m303: trip(minute(164), south, at(0, 6_000)),
    m304: trip(minute(165), west, at(3_000)),
  });
  return bench.alerts;
}

function shortVisit(): AlertVersion[] {
  const bench = startAt(190, 'short');
  bench.drive(minute(200), { ...all(FAR), m305: trip(minute(192), at(4_800), HOSPITAL_AT) });
  bench.drive(minute(210), { ...all(FAR), m305: trip(minute(200), HOSPITAL_AT, at(4_800)) });
  return bench.alerts;
}

function longStand(): AlertVersion[] {
  const bench = startAt(210, 'stand');
  const [north, stop] = [at(3_100, 2_000), at(3_120, 40)];
  bench.drive(minute(242), { ...moving(), m303: trip(minute(210), north, stop) });
  bench.drive(minute(250), { ...moving(), m303: trip(minute(242), stop, north) });
  return bench.alerts;
}

function silentCar(): AlertVersion[] {
  const bench = startAt(260, 'silence');
  bench.drive(minute(265), all(FAR));
  bench.drive(minute(283), { ...all(FAR), m304: never });
  bench.drive(minute(285), all(FAR));
  return bench.alerts;
}

/** On duty, and never heard of. */
function carThatNeverCame(): AlertVersion[] {
  const bench = startAt(290, 'silence');
  bench.drive(minute(300), { ...all(FAR), m302: never });
  act(bench, 'comment', { comment: '车辆检修' });
  bench.append(bench.nowMs, task('m302', bench.nowMs));
  bench.drive(minute(302), { ...all(FAR), m302: never });
  return bench.alerts;
}

function networkFault(): AlertVersion[] {
  const bench = startAt(310, 'silence', 'ward');
  bench.drive(minute(315), { ...all(FAR), m301: () => HOSPITAL_AT });
  bench.drive(minute(318), { m305: () => FAR, m306: () => FAR });
  bench.drive(minute(335), { m305: () => FAR });
  bench.drive(minute(345), { ...all(FAR), m301: () => HOSPITAL_AT });
  return bench.alerts;
}

function clockAhead(): AlertVersion[] {
  const bench = startAt(350, 'silence');
  while (bench.nowMs < minute(365)) {
    bench.drive(bench.nowMs + 10_000, { ...all(FAR), m304: never });
    bench.send('m304', fix(bench.nowMs + 8 * HOUR, FAR));
  }
  bench.drive(minute(367), all(FAR));
  return bench.alerts;
}

/** One of three is at the hospital, then two come, of which one's tracker falls silent. */
function tooFew(): AlertVersion[] {
  const bench = startAt(400, 'strength');
  const here = () => HOSPITAL_AT;
  bench.drive(minute(410), { ...all(FAR), m301: here });
  bench.drive(minute(420), { ...all(FAR), m301: here, m302: here, m303: here });
  bench.drive(minute(426), { ...all(FAR), m301: here, m302: here, m303: never });
  bench.drive(minute(430), { ...all(FAR), m301: here, m302: here, m303: here });
  return bench.alerts;
}

/** Of the three cars of the reserve one falls silent, and another is sent to escort somebody. */
function thinReserve(): AlertVersion[] {
  const bench = startAt(515, 'reserve');
  bench.drive(minute(520), moving());
  bench.drive(minute(525), { ...moving(), m303: never });
  bench.append(bench.nowMs, task('m302', bench.nowMs, 'escort'));
  bench.drive(minute(531), { ...moving(), m303: never });
  bench.drive(minute(536), moving());
  return bench.alerts;
}

/** Three stand together on the avenue while nobody is at the hospital; then one goes there. */
function allTogether(): AlertVersion[] {
  const bench = startAt(372, 'bunch', 'ward');
  const apart = Object.fromEntries(CARS.map((id, i) => [id, () => at(-1_000 * i, -5_000)]));
  const together = { ...apart, m301: () => at(3_000, 100), m302: () => at(3_020, 100), m303: () => at(3_000, 120) };
  bench.drive(minute(387), together);
  bench.drive(minute(394), { ...together, m303: trip(minute(387), at(3_000, 120), HOSPITAL_AT) });
  return bench.alerts.filter(({ rule }) => rule === 'bunching');
}

/** One leaves its zone and comes back; another is sent away by a task. */
function outOfItsZone(): AlertVersion[] {
  const bench = startAt(440, 'zoneOnly');
  const home = { ...all(ZONE_AT), m302: () => ZONE_AT };
  bench.drive(minute(442), home);
  bench.append(bench.nowMs, task('m302', bench.nowMs, 'escort'));
  const away = () => at(0, 4_000);
  bench.drive(minute(450), { ...home, m301: away, m302: away });
  bench.drive(minute(454), home);
  return bench.alerts;
}

/** One drives too fast with its lightbar off. */
function tooFast(): AlertVersion[] {
  const bench = startAt(460, 'speed');
  for (let i = 0; i < 12; i += 1) {
    bench.tickTo(minute(461) + i * 5_000);
    const speedCmps = i > 2 && i < 8 ? 2_700 + 50 * i : 1_500;
    bench.send('m301', fix(bench.nowMs, at(3_000, -1_500 + i * 130), { speedCmps, lightbar: false }));
  }
  bench.tickTo(minute(463));
  return bench.alerts;
}

/** One stands at the school for eight minutes, and its lightbar goes off after three. */
function lightsOff(): AlertVersion[] {
  const bench = startAt(470, 'lights');
  while (bench.nowMs < minute(484)) {
    bench.tickTo(bench.nowMs + 10_000);
    const isThere = bench.nowMs < minute(478);
    bench.send('m301', fix(bench.nowMs, isThere ? at(0) : at(500), { lightbar: bench.nowMs < minute(473) }));
  }
  return bench.alerts;
}

/** A car touches the fence of the gate every quarter of an hour; then it stays. */
function touchedAtTheGate(): AlertVersion[] {
  const bench = startAt(0, 'debt');
  const [off, gate] = [at(0, -2_500), at(0)];
  bench.drive(minute(15), all(off));
  for (const from of [15, 30, 45]) {
    bench.drive(minute(from + 3), { ...all(off), m306: trip(minute(from), off, gate) });
    bench.drive(minute(from + 15), { ...all(off), m306: trip(minute(from + 3), gate, off) });
  }
  bench.drive(minute(90), { ...all(off), m306: trip(minute(60), off, gate) });
  return bench.alerts;
}

/** A car comes late to the gate, is away too often, and leaves too early. */
function lateAtTheGate(): AlertVersion[] {
  const bench = startAt(0, 'window');
  const off = at(0, -2_500);
  bench.drive(minute(6), all(off));
  bench.drive(minute(20), { ...all(off), m306: trip(minute(6), off, at(0)) });
  bench.drive(minute(28), { ...all(off), m306: trip(minute(20), at(0), off) });
  bench.drive(minute(100), { ...all(off), m306: trip(minute(28), off, at(0)) });
  return bench.alerts;
}

/** A car comes to the gate every twenty minutes, and then no more. */
function byTheClock(): AlertVersion[] {
  const bench = startAt(430, 'predictable');
  const off = at(0, -2_500);
  for (const comes of [431, 451, 471, 491]) {
    bench.drive(minute(comes + 8), { ...all(off), m306: trip(minute(comes), off, at(0)) });
    bench.drive(minute(comes + 20), { ...all(off), m306: trip(minute(comes + 8), at(0), off) });
  }
  bench.drive(minute(530), all(off));
  return bench.alerts;
}

/** Half of the avenue is driven, then all of it when it is overdue. */
function routeOverdue(): AlertVersion[] {
  const bench = startAt(425, 'pass');
  const south = at(3_000, -2_000);
  const along = (fromMin: number, northM: number) => trip(minute(fromMin), south, at(3_000, northM));
  bench.drive(minute(430), { ...all(FAR), m301: along(426, 0) });
  bench.drive(minute(523), all(FAR));
  bench.drive(minute(537), { ...all(FAR), m302: along(524, 2_000) });
  return bench.alerts;
}

function callForHelp(): AlertVersion[] {
  const bench = startAt(380, 'post');
  const north = trip(minute(381), at(3_100, -1_500), at(3_100, 1_500));
  bench.drive(minute(383), { m305: north });
  bench.tickTo(bench.nowMs + 9_000);
  bench.send('m305', fix(bench.nowMs, north(bench.nowMs), { sos: true }));
  act(bench, 'acknowledge');
  bench.drive(minute(385), { m305: north });
  act(bench, 'resolve', { comment: '纠纷已平息，人员安全。' });
  return bench.alerts;
}

function startAt(fromMin: number, ...rules: readonly (keyof typeof RULES)[]): Bench {
  return new Bench({ ...districtWith(...rules), inForceFromMs: minute(fromMin) });
}

function minute(n: number): number {
  return T0 + n * MINUTE;
}

const FAR = at(-9_000);
const ZONE_AT = at(0, 5_000);
const HOSPITAL_AT = at(6_000);
const SPEED_MPS = 12;
const never: Track = () => null;

/** All cars report from one point. */
function all(point: PositionE7): Record<string, Track> {
  return Object.fromEntries(CARS.map((id) => [id, () => point]));
}

/** Waits at one point until it leaves for another, and stays there. */
function trip(leavesMs: number, from: PositionE7, to: PositionE7): Track {
  const wholeM = distanceM(RULER, from, to);
  return (ms) => {
    const share = Math.min(1, Math.max(0, ((ms - leavesMs) / 1_000) * (SPEED_MPS / wholeM)));
    return {
      lngE7: Math.round(from.lngE7 + share * (to.lngE7 - from.lngE7)),
      latE7: Math.round(from.latE7 + share * (to.latE7 - from.latE7)),
    };
  };
}

/** All cars go up and down, so that none stands. */
function moving(): Record<string, Track> {
  const track: Track = (ms) => at(-9_000, 1_000 * Math.abs(((ms / MINUTE) % 4) - 2));
  return Object.fromEntries(CARS.map((id) => [id, track]));
}

function act(bench: Bench, action: ActionEntry['action'], more: Partial<ActionEntry> = {}): void {
  actOnLast(bench, action, { actor: 'zhao-jun', ...more });
}

function statement(unitId: string, place: string, untilMs: number): LogEntry {
  const said = { statementId: 'said-1', actor: 'zhao-jun', unit: unitId, at: place, notAt: [] };
  return { kind: 'statement', ...said, untilMs, note: null };
}

function task(unitId: string, fromMs: number, kind: 'maintenance' | 'escort' = 'maintenance'): LogEntry {
  const isRepair = kind === 'maintenance';
  const why = { taskId: isRepair ? 'repair-1' : 'escort-1', reason: isRepair ? '车辆检修' : '铁骑开道' };
  const what = { ...why, actor: 'zhao-jun', task: kind } as const;
  return { kind: 'task', ...what, units: [unitId], places: [], fromMs, toMs: null };
}
