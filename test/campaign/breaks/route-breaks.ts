import type { TestedBreak } from './tested-breaks.js';

const DRIVEN = 'engine/routes/driven.js';
const OVERDUE = 'engine/routes/overdue.js';
const SEEN = 'engine/routes/seen.js';
const RULE_CASES_TEST = 'test/engine/rule-cases.test.ts';
const WATCH_TEST = 'test/engine/route-watch.test.ts';
const SEARCH = 'overdue times are those of a search instant by instant';
const FORGOTTEN = 'what is forgotten changes nothing that comes after';

/** What verdicts about routes along their lines must be true of. */
export const ROUTE_BREAKS = {
  'route-parallel-street': {
    what: 'a position anywhere in the corridor is on the line',
    patches: [{ module: DRIVEN, find: 'Math.min(corridorM, ROUTE_ON_M)', replace: 'corridorM' }],
    seenBy: RULE_CASES_TEST,
    title:
      'the case route-pass-parallel-street.json: a street that runs 30 m beside the route is not the route; with poor positions nobody can tell',
  },
  'route-other-branch': {
    what: 'where a route crosses itself the way along it need not fit the way that was driven',
    patches: [{ module: DRIVEN, find: 'SLACK_M + directM * SLACK_SHARE', replace: '1e9' }],
    seenBy: RULE_CASES_TEST,
    title: 'the case route-pass-loop.json: where a route crosses itself only the branch that was driven counts',
  },
  'route-slow-hole': {
    what: 'who took long for the way out of sight has driven it all the same',
    patches: [{ module: DRIVEN, find: 'isSure && tookMs > CROSS_GAP_MS', replace: 'false' }],
    seenBy: RULE_CASES_TEST,
    title:
      'the case route-pass-slow-bridge.json: who takes far longer for the way out of sight than it needs may have turned round in it',
  },
  'route-pass-for-ever': {
    what: 'a pass may take as long as it likes',
    patches: [{ module: SEEN, find: 'Math.max(passedMs, atMs - passWithinMs - 1)', replace: 'passedMs' }],
    seenBy: WATCH_TEST,
    title: SEARCH,
  },
  'route-doubt-left-out': {
    what: 'who may have driven along a route unseen makes nothing unsure',
    patches: [{ module: OVERDUE, find: 'span.toMs > span.fromMs', replace: 'false' }],
    seenBy: WATCH_TEST,
    title: SEARCH,
  },
  'route-forgotten': {
    what: 'what was overdue when the past is forgotten begins anew',
    patches: [{ module: OVERDUE, find: 'before !== null && limit !== undefined', replace: 'false' }],
    seenBy: WATCH_TEST,
    title: FORGOTTEN,
  },
} satisfies Readonly<Record<string, TestedBreak>>;
