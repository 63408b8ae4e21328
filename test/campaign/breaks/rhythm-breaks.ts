import type { TestedBreak } from './tested-breaks.js';

const JUDGE = 'engine/rules/predictable/judge.js';
const ALERTS = 'engine/alerts/alerts.js';
const ROW = 'engine/rhythm/row.js';
const ROWS = 'engine/rhythm/rows.js';
const STAYS = 'engine/rhythm/stays.js';
const RHYTHM_TEST = 'test/engine/rhythm.test.ts';
const RULE_CASES_TEST = 'test/engine/rule-cases.test.ts';
const SEARCH = 'visits that can be guessed are those that a search over all visits finds';
const TRUE_ANYWAY = 'what is told of a rhythm is true whoever was there of those who may have been';

/** What verdicts about the rhythm of visits must be true of. */
export const RHYTHM_BREAKS = {
  'rhythm-doubt-left-out': {
    what: 'who may have been at a place hides no visit',
    patches: [{ module: STAYS, find: '!known.mayHide', replace: 'true' }],
    seenBy: RHYTHM_TEST,
    title: TRUE_ANYWAY,
  },
  'rhythm-start-certain': {
    what: 'a visit began with its first proof, whoever may have been there before',
    patches: [
      {
        module: STAYS,
        find: 'return { earliestMs: fromMs, atMs, isNext }',
        replace: 'return { earliestMs: atMs, atMs, isNext }',
      },
    ],
    seenBy: RHYTHM_TEST,
    title: TRUE_ANYWAY,
  },
  'rhythm-crews': {
    what: 'a change of crews is a visit',
    patches: [{ module: STAYS, find: 'startMs - known.lastMs > mostMs', replace: 'startMs > known.lastMs' }],
    seenBy: RULE_CASES_TEST,
    title: 'the case predictable-crews.json: a crew that takes over from another makes no visit of its own',
  },
  'rhythm-short-intervals': {
    what: 'a place that is visited all the time has a rhythm',
    patches: [{ module: ROW, find: 'earliestMs - beforeMs >= rule.leastIntervalMs', replace: 'true' }],
    seenBy: RHYTHM_TEST,
    title: SEARCH,
  },
  'rhythm-over-hours': {
    what: 'an interval spans two stretches of binding hours',
    patches: [{ module: ROW, find: 'row.opensMs === opensMs', replace: 'true' }],
    seenBy: RHYTHM_TEST,
    title: SEARCH,
  },
  'rhythm-forgotten': {
    what: 'a rhythm begins anew when its past is forgotten',
    patches: [{ module: ROWS, find: 'remembered?.row ?? NO_ROW', replace: 'NO_ROW' }],
    seenBy: RHYTHM_TEST,
    title: 'what is forgotten of visits changes nothing that comes after',
  },
  'rhythm-edges': {
    what: 'a unit came with its first fix inside, and not before',
    patches: [{ module: JUDGE, find: ', ...edgesOfStays(state, covered, past.placeId)', replace: '' }],
    seenBy: RULE_CASES_TEST,
    title:
      'the case predictable-clockwork.json: visits by the clock are told when the last ones could have been guessed, with each that follows, and as over once nobody came as guessed',
  },
  'rhythm-told-once': {
    what: 'a visit that follows in the rhythm is not told',
    patches: [{ module: ALERTS, find: 'isWholeRhythm(before, facts);', replace: 'true;' }],
    seenBy: RULE_CASES_TEST,
    title: 'the case predictable-new-plan.json: a new plan counts the visits from before it, by its own terms',
  },
} satisfies Readonly<Record<string, TestedBreak>>;
