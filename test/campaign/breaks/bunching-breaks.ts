import type { TestedBreak } from './tested-breaks.js';

const TOGETHER = 'engine/presence/together.js';
const JUDGE = 'engine/rules/bunching/judge.js';
const BUNCHING_TEST = 'test/engine/bunching.test.ts';
const RULE_CASES_TEST = 'test/engine/rule-cases.test.ts';
const EXCUSED = 'who has a task, is off duty, or stands where something is done is in no bunch';

/** What it takes to say of units that they stand together while a place has nobody. */
export const BUNCHING_BREAKS = {
  'bunching-errors': {
    what: 'units are together where their positions are, whatever their errors',
    patches: [{ module: 'engine/track/spots.js', find: '+ a.sigmaM + b.sigmaM', replace: '' }],
    seenBy: RULE_CASES_TEST,
    title:
      'the case bunching-vague.json: positions that may be further apart make no bunch: it is possible, and nothing is said',
  },
  'bunching-doubt': {
    what: 'a place where somebody may be is one that has nobody',
    patches: [
      { module: 'engine/rules/bunching/uncovered.js', find: ', ...possibleSpans(state, where, place)', replace: '' },
    ],
    seenBy: RULE_CASES_TEST,
    title:
      'the case bunching-silent-gate.json: a gate where a silent car may be is not certainly empty: nothing is said until the doubt is over',
  },
  'bunching-tasks': {
    what: 'units that are sent somewhere together are a bunch',
    patches: [{ module: TOGETHER, find: 'taskTimes(state, unit)', replace: '[]' }],
    seenBy: RULE_CASES_TEST,
    title: 'the case bunching-task.json: a car with a task does not count, so three are two until the task is over',
  },
  'bunching-excepted': {
    what: 'a depot is a bunch of all that stand in it',
    patches: [{ module: TOGETHER, find: 'exceptPlaces.includes(id)', replace: 'false' }],
    seenBy: RULE_CASES_TEST,
    title: 'the case bunching-yard.json: a depot that the rule excepts is no bunch',
  },
  'bunching-wanted': {
    what: 'a post that wants three units is a bunch when they are there',
    patches: [{ module: TOGETHER, find: "kind === 'checkpoint' && strong.has(id)", replace: 'false' }],
    seenBy: RULE_CASES_TEST,
    title: 'the case bunching-wanted.json: a post of which a strength rule wants three units is where three may be',
  },
  'bunching-place-task': {
    what: 'units at a place where something is done are a bunch',
    patches: [{ module: TOGETHER, find: 'of task.places)', replace: 'of [])' }],
    seenBy: BUNCHING_TEST,
    title: EXCUSED,
  },
  'bunching-duty': {
    what: 'units off duty are a bunch',
    patches: [{ module: TOGETHER, find: 'dutyIntervals(state, unit)', replace: 'binds' }],
    seenBy: BUNCHING_TEST,
    title: EXCUSED,
  },
  'bunching-remembered': {
    what: 'a bunch begins anew when what was before is forgotten',
    patches: [{ module: JUDGE, find: 'state.bunches.get(rule.id) ??', replace: 'null ??' }],
    seenBy: BUNCHING_TEST,
    title: 'a bunch of six hours is one, forgotten and restored or not; a log that is resumed knows of none',
  },
} as const satisfies Record<string, TestedBreak>;
