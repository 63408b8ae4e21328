import { BeatwatchError } from '../model/errors.js';
import type { PlanUnit } from '../model/plan.js';
import { assignTasks, type TaskSpan } from './assignment.js';
import { judgeDay, type Verdicts } from './doubts.js';
import { drawItinerary } from './itinerary.js';
import { addMisconduct } from './misconduct.js';
import { chooseNeglects } from './neglect.js';
import type { Path } from './path.js';
import type { PatrolMap } from './patrol-map.js';
import { type Hole, periodsOf } from './periods.js';
import { createRandom } from './random.js';
import { merged, type Span, spansWithin } from './spans.js';
import { PresenceTable, type TrueVisit, trueStands, trueVisits } from './truth.js';

export interface DayOptions {
  readonly seed: number;
  /** Places left alone; null: one for each three hours, as far as the plan has room. */
  readonly neglect: number | null;
  readonly shortStays: number;
  readonly longStands: number;
}

/** A day of a fleet whose verdicts are beyond doubt. */
export interface Day {
  readonly paths: readonly Path[];
  readonly tasks: ReadonlyMap<string, readonly TaskSpan[]>;
  readonly holes: readonly Hole[];
  readonly visits: readonly TrueVisit[];
  readonly verdicts: Verdicts;
  /** How many draws were thrown away before this one. */
  readonly attempt: number;
}

const MAX_ATTEMPTS = 40;
/** Duties closer together than this are one to the tracker: it stays on. */
const SAME_OUTING_MS = 3_600_000;
const NEGLECT_EACH_MS = 3 * 3_600_000;

/**
 * Draws days until one is beyond doubt: exactly the places left alone that were asked for, exactly the misconduct that was
 * put in, everything else far from every threshold. Deterministic by the seed. Throws `fleet-impossible`.
 */
export function drawDay(map: PatrolMap, whole: Span, options: DayOptions): Day {
  let lastDoubts: readonly string[] = [];
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const day = drawOnce(map, whole, options, attempt);
    if (day.verdicts.doubts.length === 0) return day;
    lastDoubts = day.verdicts.doubts;
  }
  const message = `got ${MAX_ATTEMPTS} drawn days with doubtful verdicts, expected one without; the last: ${lastDoubts.slice(0, 5).join('; ')}`;
  throw new BeatwatchError('fleet-impossible', message, { doubts: lastDoubts });
}

function drawOnce(map: PatrolMap, whole: Span, options: DayOptions, attempt: number): Day {
  const seedOf = (...path: (string | number)[]) => createRandom(options.seed, 'day', attempt, ...path);
  const wanted = options.neglect ?? Math.floor((whole.toMs - whole.fromMs) / NEGLECT_EACH_MS);
  const { holes, refuges } = chooseNeglects(map, whole, wanted, seedOf('neglect'));
  if (options.neglect !== null && holes.length < options.neglect) {
    const message = `neglect: got ${options.neglect}, expected at most ${holes.length}: the plan has no more places that can be left alone beyond doubt in this time`;
    throw new BeatwatchError('fleet-impossible', message, { possible: holes.length });
  }
  const tasks = assignTasks(map, periodsOf(map, whole, holes), refuges, seedOf('assignment'));
  const placed = addMisconduct(map, tasks, holes, options, seedOf('misconduct'));
  const bans = holes.map((hole) => ({ fromMs: hole.fromMs, toMs: hole.toMs, shape: hole.place.shape }));
  const paths = map.plan.units.flatMap((unit) =>
    outings(map, unit, whole).map((duty, index) => {
      const own = withoutHoles(map, unit, tasks.get(unit.id) ?? [], duty, whole);
      const random = seedOf('itinerary', unit.id, index);
      return drawItinerary({ map, unit, duty, whole, tasks: own, bans, random });
    }),
  );
  const table = new PresenceTable(map, paths, whole.toMs);
  const visits = trueVisits(map, table);
  const stands = trueStands(map, paths, whole.toMs);
  const verdicts = judgeDay(map, table, visits, stands, whole, { holes, ...placed });
  return { paths, tasks, holes, visits, verdicts, attempt };
}

/** The unit's duties that touch the fleet's time, uncut; those close together are one. */
function outings(map: PatrolMap, unit: PlanUnit, whole: Span): Span[] {
  const duties = spansWithin(map.plan.schedules[unit.duty] ?? [], 0, Number.MAX_SAFE_INTEGER);
  return merged(duties, SAME_OUTING_MS).filter((duty) => duty.fromMs < whole.toMs && duty.toMs > whole.fromMs);
}

/** The unit's tasks in one outing; between duties that are close together it roams. */
function withoutHoles(map: PatrolMap, unit: PlanUnit, tasks: readonly TaskSpan[], duty: Span, whole: Span): TaskSpan[] {
  const filled: TaskSpan[] = [];
  for (const span of tasks.filter(({ fromMs, toMs }) => fromMs < duty.toMs && toMs > duty.fromMs)) {
    const fromMs = filled.at(-1)?.toMs ?? Math.max(duty.fromMs, whole.fromMs);
    if (fromMs < span.fromMs) {
      const home = map.homeOf(unit);
      const task =
        home === null ? ({ kind: 'area', place: map.areaOf(unit) } as const) : ({ kind: 'beat', place: home } as const);
      filled.push({ fromMs, toMs: span.fromMs, task, limitMs: Number.POSITIVE_INFINITY });
    }
    filled.push(span);
  }
  return filled;
}
