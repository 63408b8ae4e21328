import type { TestedBreak } from './tested-breaks.js';

const ON_HAND = 'engine/presence/on-hand.js';

const ROSTER = 'engine/plan/roster.js';
const TASKS = 'engine/plan/tasks.js';

const DUTY_TEST = 'test/engine/duty-strength.test.ts';
const ROSTER_TEST = 'test/engine/roster.test.ts';
const RULE_CASES_TEST = 'test/engine/rule-cases.test.ts';

/** What the strength of a district and of its reserve must be true of. */
export const DUTY_BREAKS = {
  'duty-strength-doubt': {
    what: 'a unit that is silent is not on hand for certain',
    patches: [{ module: ON_HAND, find: 'subtract(intersect(free, lasting), seen)', replace: '[]' }],
    seenBy: DUTY_TEST,
    title:
      'units wherever they are count while they are heard of; one that is silent makes it a risk, then a shortfall',
  },
  'duty-strength-holes': {
    what: 'a unit is on hand in a time in which nobody saw it',
    patches: [{ module: ON_HAND, find: 'subtract(free, hidden)', replace: 'free' }],
    seenBy: DUTY_TEST,
    title: 'seed 20261201: who is on hand is who one finds by looking at each second',
  },
  'roster-from-now-on': {
    what: 'a roster changes what was judged before it was known',
    patches: [{ module: ROSTER, find: 'Math.max(said.fromMs, state.nowMs)', replace: 'said.fromMs' }],
    seenBy: ROSTER_TEST,
    title: 'a roster counts from its log time on, and never earlier',
  },
  'roster-two-units': {
    what: 'a roster may have an officer on two units at one time',
    patches: [{ module: 'district/parse-roster.js', find: 'other !== null &&', replace: 'false &&' }],
    seenBy: 'test/district/roster.test.ts',
    title: 'a fault of a roster: an officer on two units at a time',
  },
  'roster-missing': {
    what: 'a unit that the roster lacks counts for nobody',
    patches: [
      { module: 'engine/rules/strength/crews.js', find: 'least: 0, most: planned', replace: 'least: 0, most: 0' },
    ],
    seenBy: ROSTER_TEST,
    title: 'a unit that the roster lacks is no shortfall: it is said, and its crew of the plan may be there',
  },
  'roster-one-officer': {
    what: 'an officer on two vehicles counts twice',
    patches: [
      {
        module: 'engine/rules/strength/counted.js',
        find: 'this.#nameless + this.#officers.size',
        replace: 'this.#nameless + [...this.#officers.values()].reduce((sum, n) => sum + n, 0)',
      },
    ],
    seenBy: ROSTER_TEST,
    title: 'an officer on two vehicles is one',
  },
  'duty-strength-tasks': {
    what: 'a unit with a task is available',
    patches: [{ module: TASKS, find: "task !== 'out-of-service' &&", replace: 'false &&' }],
    seenBy: RULE_CASES_TEST,
    title:
      'the case duty-strength-task.json: a car at an incident is not available, one that is out of service is not on duty; both are when that is over',
  },
  'duty-strength-not-measured': {
    what: 'a unit of which nobody knows whether it moved has not moved for certain',
    patches: [{ module: ON_HAND, find: 'subtract(subtract(there, moved), still)', replace: '[]' }],
    seenBy: DUTY_TEST,
    title: 'what was not measured of its way is a risk and no shortfall',
  },
  'duty-strength-remembered': {
    what: 'a shortfall of the district begins anew when what was before is forgotten',
    patches: [
      {
        module: 'engine/rules/strength/judge-duty.js',
        find: 'state.scopeShortfalls.get(rule.id) ?? null',
        replace: 'null',
      },
    ],
    seenBy: DUTY_TEST,
    title: 'a shortfall of six hours is one, forgotten and restored or not; a log that is resumed knows of none before',
  },
  'duty-strength-errors': {
    what: 'a parked unit has moved by the errors of its receiver',
    patches: [{ module: 'engine/track/movement.js', find: 'diagonalM(parts, ruler) < metres', replace: 'false' }],
    seenBy: DUTY_TEST,
    title: 'one that must keep moving counts for an hour of its duty, then only if it has moved; parked it does not',
  },
} as const satisfies Record<string, TestedBreak>;
