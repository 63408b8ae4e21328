import { createRandom, type Random } from '../../../src/simulator/random.js';
import { HORIZON_MS } from '../../../src/model/limits.js';
import { MINUTE } from '../../engine/support.js';
import type {
  Act,
  Delivery,
  FixSpec,
  PlanSpec,
  Scenario,
  ServerTuning,
  Stay,
  SubscriberSpec,
  TaskSpec,
  UnitSpec,
} from '../scenario.js';
import {
  drawPlans,
  withBunching,
  withDebt,
  withDiscipline,
  withDuty,
  withOrder,
  withPasses,
  withRhythm,
  withStrength,
  withWindows,
} from './draw-district.js';
import { drawCalls } from './draw-calls.js';
import { drawFaults, drawLogAhead, type LogAhead } from './draw-faults.js';
import { drawLink, drawOldBacklog, type LinkWeather } from './draw-links.js';
import { drawMotion, type Motion } from './draw-motion.js';
import { drawStatements } from './draw-statements.js';
import { drawUseless, withLights, withTroubles, withUseless } from './draw-troubles.js';
import { drawVagueMotion } from './draw-vague.js';
import { drawWay } from './draw-way.js';

/** After the last delivery that is in time: long enough for a gap to fall due and for an alert that chatters to be released. */
const TAIL_MS = 16 * MINUTE;
/** From when somebody means to resume a log until the next plan takes force: whoever it is may have to wait for Redis. */
const RESUMED_LEAD_MS = 3 * MINUTE;

/** The scenario of a seed, from end to end; of so long a time and with so long delays if that is said. */
export function drawScenario(
  seed: number,
  o: { readonly spanMs?: number; readonly mostDelayMs?: number } = {},
): Scenario {
  const random = createRandom(seed, 'scenario');
  const holds = o.mostDelayMs === undefined && createRandom(seed, 'holds').chance(0.3);
  const drawnMs = random.chance(0.04) ? 130 * MINUTE : random.integer(30, 50) * MINUTE;
  const toMs = o.spanMs ?? (holds ? Math.max(drawnMs, 55 * MINUTE) : drawnMs);
  const windowPlans = withWindows(
    createRandom(seed, 'windows'),
    withPasses(
      createRandom(seed, 'passes'),
      withDiscipline(
        createRandom(seed, 'discipline'),
        withBunching(
          createRandom(seed, 'bunching'),
          withDuty(
            createRandom(seed, 'duty'),
            withStrength(createRandom(seed, 'strength'), drawPlans(createRandom(seed, 'plans'), toMs)),
          ),
        ),
      ),
    ),
    toMs,
  );
  const drawnPlans = withRhythm(createRandom(seed, 'rhythm'), withDebt(createRandom(seed, 'debt'), windowPlans));
  const units = drawnPlans[0]?.units ?? [];
  const drawn = drawWeather(random);
  // What a unit alone shows, parked beside a place, shows only where nothing else happens.
  const isAlone = units.length === 1;
  const phases = isAlone ? 0 : drawn.phases;
  const weather = { ...drawn, phases, mostDelayMs: o.mostDelayMs ?? drawn.mostDelayMs, holds };
  const processes = random.chance(0.6) ? 2 : 1;
  const failsOver = random.chance(0.2);
  const ahead = isAlone || failsOver ? null : drawLogAhead(createRandom(seed, 'ahead'), toMs);
  const plans =
    ahead !== null
      ? plansAround(drawnPlans, ahead)
      : isAlone
        ? drawnPlans
        : withOrder(createRandom(seed, 'order'), drawnPlans, toMs);
  const server = drawServer(random, processes, failsOver);
  const fixes: FixSpec[] = [];
  const deliveries: Delivery[] = [];
  const stays: Stay[] = [];
  const send = (sent: Pick<Scenario, 'fixes' | 'deliveries'>): void => {
    const offset = fixes.length;
    fixes.push(...sent.fixes);
    for (const delivery of sent.deliveries)
      deliveries.push({ ...delivery, fixes: delivery.fixes.map((index) => index + offset) });
  };
  for (const unit of units) {
    const motion = drawUnit(seed, unit, plans, toMs);
    stays.push(...motion.stays);
    const said = drawCalls(createRandom(seed, 'calls', unit.id), motion.fixes, toMs);
    for (const [index, own] of byTracker(said, unit, plans).entries())
      send(drawLink(createRandom(seed, 'link', unit.id, index), own, toMs, { ...weather, clocks: !motion.isVague }));
  }
  for (const { tracker } of units) send(drawOldBacklog(createRandom(seed, 'old', tracker), tracker));
  deliveries.sort((a, b) => a.atMs - b.atMs || (a.tracker < b.tracker ? -1 : 1));
  return {
    seed,
    endMs: Math.ceil((toMs + Math.max(weather.mostDelayMs, holds ? HORIZON_MS : 0) + TAIL_MS) / 1_000) * 1_000,
    server,
    plans,
    fixes,
    deliveries,
    acts: drawActs(createRandom(seed, 'acts'), toMs),
    tasks: drawTasks(createRandom(seed, 'tasks'), units, toMs),
    statements: isAlone ? [] : drawStatements(createRandom(seed, 'statements'), units, plans[0]?.places ?? [], toMs),
    faults: isAlone
      ? []
      : [...drawFaults(createRandom(seed, 'faults'), server, failsOver, toMs), ...(ahead === null ? [] : [ahead])],
    subscribers: drawSubscribers(createRandom(seed, 'subscribers')),
    stays,
  };
}

/** The first plan, and again what whoever resumes the log brings: after a resume none is in force until the next. */
function plansAround(plans: readonly PlanSpec[], { atMs, resumedAfterMs, resumedBy }: LogAhead): PlanSpec[] {
  const [first] = plans;
  if (first === undefined) return [];
  const loggedAtMs = atMs + resumedAfterMs;
  const inForceMs = Math.ceil((loggedAtMs + RESUMED_LEAD_MS) / 1_000) * 1_000;
  return resumedBy === 0 ? [first] : [first, { ...first, loggedAtMs, inForceMs }];
}

/** Of units: that their receiver is vague, where there are few and where there are more. */
const VAGUE = { few: 0.7, more: 0.3 };
/** Of units: that nothing is heard of them for long after their duty began. */
const LATE_FIRST = 0.12;

function drawUnit(
  seed: number,
  unit: UnitSpec,
  plans: readonly PlanSpec[],
  toMs: number,
): Motion & { readonly isVague: boolean } {
  const [plan] = plans;
  const random = createRandom(seed, 'motion', unit.id);
  const kind = createRandom(seed, 'receiver', unit.id);
  const units = plan?.units.length ?? 0;
  const useless = units > 1 ? drawUseless(createRandom(seed, 'useless', unit.id), toMs) : null;
  const drawnVague = units > 1 && kind.chance(units === 2 ? VAGUE.few : VAGUE.more);
  // Of a unit that is far out of the area by its tracker's word, nothing may be said for certain; what is refused is no word of it.
  const isElsewhere = useless?.kind === 'out of area' && useless.misplaced !== 'coordinates swapped';
  const isVague = drawnVague || isElsewhere;
  const way = drawWay(random, unit, plan?.places ?? [], toMs, units === 1 ? 'alone' : isVague ? 'sits' : 'roams');
  const good = (): Motion =>
    withTroubles(createRandom(seed, 'troubles', unit.id), drawMotion(random, unit, way, toMs), way, toMs);
  const own = isVague ? drawVagueMotion(createRandom(seed, 'vague', unit.id), unit, way, toMs) : good();
  const { fixes, stays } = withUseless(own, unit, useless);
  const firstMs = kind.chance(LATE_FIRST) ? kind.integer(8, 35) * MINUTE : 0;
  const seen = fixes.filter(({ ms }) => ms >= firstMs);
  return { fixes: withLights(createRandom(seed, 'lights', unit.id), seen), stays, isVague };
}

/**
 * What each tracker of a unit says. Where the next plan gives the unit another unit's tracker, that one speaks for it from
 * then on; where it gives it a new one, the old goes on beside it, and both claim to be the unit.
 */
function byTracker(fixes: readonly FixSpec[], { id, tracker }: UnitSpec, plans: readonly PlanSpec[]): FixSpec[][] {
  const [first, second] = plans;
  const next = second?.units.find((unit) => unit.id === id)?.tracker ?? tracker;
  if (second === undefined || next === tracker) return [[...fixes]];
  const isSwapped = first?.units.some((unit) => unit.tracker === next) === true;
  const fromMs = isSwapped ? second.inForceMs : second.inForceMs - 3 * MINUTE;
  return [
    fixes.filter(({ ms }) => !isSwapped || ms < fromMs),
    fixes.filter(({ ms }) => ms >= fromMs).map((fix) => ({ ...fix, tracker: next, ms: fix.ms + 700 })),
  ];
}

function drawWeather(random: Random): Omit<LinkWeather, 'holds' | 'clocks'> {
  return {
    mostDelayMs: random.pick([20_000, 20_000, 4 * MINUTE, 4 * MINUTE, 12 * MINUTE, 27 * MINUTE]),
    duplicates: random.pick([0, 0.05, 0.25]),
    reordered: random.pick([0, 0.02, 0.15]),
    phases: random.integer(0, 3),
    reboots: random.integer(0, 2),
    veryLate: random.chance(0.15),
  };
}

function drawServer(random: Random, processes: number, failsOver: boolean): ServerTuning {
  return {
    processes,
    clock: 'wall',
    tickMs: random.integer(6_000, 9_500),
    snapshotEveryMs: random.integer(3, 12) * MINUTE,
    writesPerCall: random.chance(0.5) ? 100_000 : random.integer(2, 12),
    archives: !failsOver && random.chance(0.6),
    slowestReplyMs: random.pick([10, 200, 1_500]),
    lostReplies: random.pick([0, 0.005, 0.04]),
    lostRequests: random.pick([0, 0.005, 0.04]),
    lostAcks: random.pick([0, 0.02]),
  };
}

function drawActs(random: Random, toMs: number): Act[] {
  return Array.from({ length: random.integer(0, 10) }, () => ({
    atMs: random.integer(8 * MINUTE, toMs + 10 * MINUTE),
    pick: random.integer(0, 20),
    action: random.pick(['acknowledge', 'acknowledge', 'comment', 'shelve', 'unshelve'] as const),
    stale: random.chance(0.25),
    againMs: random.chance(0.4) ? random.integer(10, 60_000) : null,
    ...drawAbout(random),
  }));
}

function drawAbout(random: Random): Partial<Pick<Act, 'about' | 'action'>> {
  const chance = random.next();
  if (chance > 0.85) return { about: 'call', action: random.pick(['resolve', 'resolve', 'acknowledge']) };
  if (chance < 0.12) return { about: 'closed' };
  return chance < 0.18 ? { about: 'unknown' } : {};
}

function drawTasks(random: Random, units: readonly UnitSpec[], toMs: number): TaskSpec[] {
  return Array.from({ length: random.chance(0.3) ? random.integer(1, 2) : 0 }, (_, index) => {
    const task = random.pick(['escort', 'incident', 'maintenance'] as const);
    const fromMs = random.integer(0, toMs);
    return {
      loggedAtMs: fromMs + random.integer(0, MINUTE),
      id: `task-${index}`,
      task,
      units: task === 'maintenance' ? [] : [random.pick(units).id],
      places: task === 'maintenance' ? ['a-gate'] : [],
      fromMs,
      toMs: random.chance(0.8) ? fromMs + random.integer(3, 25) * MINUTE : null,
    };
  });
}

function drawSubscribers(random: Random): SubscriberSpec[] {
  return Array.from({ length: random.integer(1, 3) }, () => ({
    fromMs: random.integer(0, 30 * MINUTE),
    everyMs: random.pick([500, 20_000, 5 * MINUTE]),
    page: random.pick([1, 5, 1_000]),
    lostAnswers: random.pick([0, 0.3]),
  }));
}
