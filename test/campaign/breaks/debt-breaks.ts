import type { TestedBreak } from './tested-breaks.js';

const BALANCE = 'engine/credit/balance.js';
const DEBTS = 'engine/credit/debts.js';
const CREDIT_TEST = 'test/engine/credit.test.ts';
const DEBT_TEST = 'test/engine/debt.test.ts';
const RULE_CASES_TEST = 'test/engine/rule-cases.test.ts';
const WALK = 'a balance over the bounds of presence is that of a walk instant by instant';

/** What verdicts about balances of places must be true of. */
export const DEBT_BREAKS = {
  'debt-credit-unbounded': {
    what: 'presence is saved up without end',
    patches: [
      {
        module: BALANCE,
        find: 'Math.min(creditMs, leftMs + worth * (toMs - atMs))',
        replace: 'leftMs + worth * (toMs - atMs)',
      },
    ],
    seenBy: CREDIT_TEST,
    title: WALK,
  },
  'debt-without-bottom': {
    what: 'a place that nobody visits owes without end',
    patches: [
      { module: BALANCE, find: 'Math.max(-creditMs, leftMs - (toMs - atMs))', replace: 'leftMs - (toMs - atMs)' },
    ],
    seenBy: CREDIT_TEST,
    title: WALK,
  },
  'debt-touched': {
    what: 'a touch ends a debt that is owed',
    patches: [{ module: BALANCE, find: 'riseMs(leftMs, terms.clearMs, worth)', replace: 'riseMs(leftMs, 1, worth)' }],
    seenBy: CREDIT_TEST,
    title: WALK,
  },
  'debt-doubt-left-out': {
    what: 'who may have been there pays nothing',
    patches: [{ module: DEBTS, find: ', ...input.possible(), ...input.outages]', replace: ', ...input.outages]' }],
    seenBy: CREDIT_TEST,
    title: 'debts, and how surely they stood, are what two walks instant by instant find',
  },
  'debt-outage': {
    what: 'nobody can have been there in an outage',
    patches: [{ module: DEBTS, find: ', ...input.outages]', replace: ']' }],
    seenBy: DEBT_TEST,
    title: 'an outage may hide a stay, so a debt is in doubt until the upper balance, too, came to nothing',
  },
  'debt-outage-awaited': {
    what: 'a debt is told before the reports of an outage can come',
    patches: [
      {
        module: DEBTS,
        find: 'const toldMs = judgedFromMs(opensMs, debt.dueMs, input)',
        replace: 'const toldMs = debt.dueMs',
      },
    ],
    seenBy: DEBT_TEST,
    title: 'what touches an outage is told when the reports of that time have had time to come',
  },
  'debt-forgotten': {
    what: 'a balance is full again when its past is forgotten',
    patches: [{ module: DEBTS, find: 'remembered?.opensMs === opensMs ? remembered : null', replace: 'null' }],
    seenBy: CREDIT_TEST,
    title: 'what is forgotten of a balance changes nothing that comes after',
  },
  'debt-left-early': {
    what: 'a debt is told as paid before it is sure that its unit had not left',
    patches: [{ module: DEBTS, find: 'debt.toMs + input.awaitedMs', replace: 'debt.toMs' }],
    seenBy: CREDIT_TEST,
    title: 'debts, and how surely they stood, are what two walks instant by instant find',
  },
  'debt-edges': {
    what: 'a unit came with its first fix inside, and not before',
    patches: [
      {
        module: 'engine/rules/place-input.js',
        find: ', ...(withEdges ? edgesOf(state, covered, placeId) : [])',
        replace: '',
      },
    ],
    seenBy: RULE_CASES_TEST,
    title: 'the case debt-two-parts.json: a stop in two parts pays as much as in one',
  },
} satisfies Readonly<Record<string, TestedBreak>>;
