import t from 'tap';
import {
  type Balance,
  type CreditTerms,
  fullBalance,
  type PaidDebt,
  walkBalance,
} from '../../src/engine/credit/balance.js';
import { type DebtInput, findDebts, rememberCredit } from '../../src/engine/credit/debts.js';
import type { LimitInForce } from '../../src/engine/plan/limits-over.js';
import { normalise } from '../../src/model/intervals.js';
import type { DebtRule } from '../../src/model/plan.js';
import { Random } from '../geo/support.js';
import { debtRule } from './support.js';

const SEED = 20_261_201;
t.comment(`seed ${SEED}`);
/** Instants are whole, and near 0: what they count is of no matter. */
const NOW = 400;
/** How long it is not sure yet that a debt is over. */
const AWAITED = 25;

interface Span {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
}

function drawSpans(random: Random, most: number, longest: number, untilMs: number): Span[] {
  return Array.from({ length: random.int(0, most) }, () => {
    const fromMs = random.int(0, NOW - 1);
    return { unit: random.pick(['a', 'b']), fromMs, toMs: Math.min(untilMs, fromMs + random.int(1, longest)) };
  }).sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs || (a.unit < b.unit ? -1 : 1));
}

/** One rule for all of the time, or another one from an instant on. */
function drawTerms(random: Random): CreditTerms[] {
  const draw = (fromMs: number): CreditTerms => {
    const creditMs = random.int(20, 120);
    return {
      fromMs,
      creditMs,
      worth: random.int(1, 9),
      clearMs: random.int(1, creditMs - 1),
      graceMs: random.pick([0, 1, 7, 25]),
    };
  };
  return random.next() < 0.5 ? [draw(0)] : [draw(0), draw(random.int(2, NOW - 2))];
}

/** The same instant by instant. */
function slowWalk(
  terms: readonly CreditTerms[],
  covered: readonly Span[],
  fromMs: number,
  toMs: number,
  goesOn: boolean,
) {
  const termsAt = (atMs: number): CreditTerms =>
    terms.findLast((one) => one.fromMs <= atMs) ?? (terms[0] as CreditTerms);
  let leftMs = termsAt(fromMs).creditMs;
  let fullMs = fromMs;
  let debt: { fromMs: number; dueMs: number | null } | null = null;
  const paid: PaidDebt[] = [];
  for (let atMs = fromMs; atMs < toMs || (goesOn && atMs === toMs); atMs += 1) {
    const { creditMs, worth, clearMs, graceMs } = termsAt(atMs);
    leftMs = Math.max(-creditMs, Math.min(creditMs, leftMs));
    if (leftMs === creditMs) fullMs = atMs;
    if (leftMs <= 0) debt ??= { fromMs: atMs, dueMs: null };
    if (debt !== null && (debt.dueMs === null ? leftMs > 0 : leftMs >= clearMs)) {
      paid.push({ ...debt, toMs: atMs });
      debt = null;
    } else if (debt?.dueMs === null && atMs - debt.fromMs >= graceMs) debt.dueMs = atMs;
    if (atMs === toMs) break;
    const isThere = covered.some((span) => span.fromMs <= atMs && atMs < span.toMs);
    leftMs = Math.max(-creditMs, Math.min(creditMs, leftMs + (isThere ? worth : -1)));
    if (leftMs === creditMs) fullMs = atMs + 1;
  }
  return { balance: { atMs: toMs, leftMs, fullMs, debt }, paid };
}

function flat(spans: readonly Span[]): number[] {
  return normalise(spans.map(({ fromMs, toMs }) => [fromMs, toMs] as const));
}

t.test('a balance over the bounds of presence is that of a walk instant by instant', async (t) => {
  const random = new Random(SEED);
  let [owed, paidUp, dropped] = [0, 0, 0];
  for (let i = 0; i < 4_000; i += 1) {
    const terms = drawTerms(random);
    const covered = drawSpans(random, 12, random.pick([3, 20, 90]), NOW);
    const fromMs = random.int(0, 60);
    const toMs = random.int(fromMs, NOW);
    const goesOn = random.next() < 0.7;
    const paid: PaidDebt[] = [];
    const balance = walkBalance(fullBalance(fromMs, terms), flat(covered), terms, toMs, paid, goesOn);
    const slow = slowWalk(terms, covered, fromMs, toMs, goesOn);
    owed += slow.balance.debt === null ? 0 : 1;
    paidUp += slow.paid.filter(({ dueMs }) => dueMs !== null).length;
    dropped += slow.paid.filter(({ dueMs }) => dueMs === null).length;
    if (JSON.stringify({ balance, paid }) === JSON.stringify(slow)) continue;
    t.same({ balance, paid }, slow, `drawn ${i}`);
    t.comment(JSON.stringify({ terms, covered, fromMs, toMs, goesOn }));
    break;
  }
  t.ok(owed > 500 && paidUp > 500 && dropped > 150, `${owed} owed, ${paidUp} paid, ${dropped} dropped`);
});

t.test('a balance is the same however its time is cut', async (t) => {
  const random = new Random(SEED + 1);
  for (let i = 0; i < 2_000; i += 1) {
    const terms = drawTerms(random);
    const covered = flat(drawSpans(random, 12, random.pick([3, 20, 90]), NOW));
    const [whole, cut]: [PaidDebt[], PaidDebt[]] = [[], []];
    const expected = walkBalance(fullBalance(0, terms), covered, terms, NOW, whole, true);
    let balance: Balance = fullBalance(0, terms);
    for (let atMs = 0; atMs < NOW; ) {
      atMs = Math.min(NOW, atMs + random.int(1, 90));
      balance = walkBalance(balance, covered, terms, atMs, cut, true);
    }
    if (JSON.stringify([balance, cut]) === JSON.stringify([expected, whole])) continue;
    t.same([balance, cut], [expected, whole], `drawn ${i}`);
    break;
  }
});

t.test('more presence never leaves less', async (t) => {
  const random = new Random(SEED + 2);
  let more = 0;
  for (let i = 0; i < 2_000; i += 1) {
    const terms = drawTerms(random);
    const covered = drawSpans(random, 6, 40, NOW);
    const all = [...covered, ...drawSpans(random, 4, 40, NOW)];
    const left = (spans: readonly Span[]): number =>
      walkBalance(fullBalance(0, terms), flat(spans), terms, NOW, [], true).leftMs;
    const [least, most] = [left(covered), left(all)];
    if (most > least) more += 1;
    if (most >= least) continue;
    t.fail(`drawn ${i}: ${most} with more, ${least} without`);
    break;
  }
  t.ok(more > 500, `${more} with more`);
});

interface Drawn {
  readonly covered: readonly Span[];
  readonly possible: readonly Span[];
  readonly binds: readonly number[];
  readonly limits: readonly LimitInForce<DebtRule>[];
}

function drawn(random: Random): Drawn {
  const terms = drawTerms(random);
  const limits = terms.map(({ fromMs, ...more }, i) => ({
    fromMs,
    toMs: terms[i + 1]?.fromMs ?? Number.MAX_SAFE_INTEGER,
    limitMs: more.creditMs + more.graceMs,
    rule: debtRule(['gate'], more),
    planVersion: i + 1,
  }));
  const opensMs = random.int(1, 150);
  const binds = random.pick([
    [opensMs, NOW + 100],
    [opensMs, 220, random.int(230, 330), NOW + 100],
    [opensMs, random.int(opensMs + 1, NOW)],
  ]);
  const covered = drawSpans(random, 8, 40, NOW);
  return { covered, possible: drawSpans(random, 4, 60, NOW + 1), binds, limits };
}

function inputOf({ covered, possible, binds, limits }: Drawn, more: Partial<DebtInput> = {}): DebtInput {
  return {
    nowMs: NOW,
    sinceMs: 0,
    remembered: null,
    binds,
    limits,
    covered,
    possible: () => possible,
    awaitedMs: AWAITED,
    isUnseen: () => false,
    outages: [],
    reportIntervalMs: 2,
    ...more,
  };
}

interface Told {
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly certainty: string;
}

/** What should be found, by two walks instant by instant. */
function slowEpisodes({ covered, possible, binds, limits }: Drawn): Told[] {
  const terms = limits.map(({ fromMs, rule }) => ({ ...rule, fromMs }));
  const told: Told[] = [];
  for (let w = 0; w < binds.length; w += 2) {
    const [opensMs, closesMs] = [binds[w] as number, binds[w + 1] as number];
    if (opensMs > NOW) continue;
    const untilMs = Math.min(closesMs, NOW);
    const goesOn = NOW < closesMs;
    const least = slowWalk(terms, covered, opensMs, untilMs, goesOn);
    const most = slowWalk(terms, [...covered, ...possible], opensMs, untilMs, goesOn);
    const sure = [...most.paid, ...(most.balance.debt === null ? [] : [{ ...most.balance.debt, toMs: untilMs }])];
    const isThere = covered.some(({ toMs }) => toMs >= NOW);
    const tell = (fromMs: number, toMs: number | null, isFresh: boolean): void => {
      const bound = toMs ?? NOW;
      const wasSure = sure.some((one) => Math.max(one.fromMs, fromMs) < Math.min(one.toMs, bound));
      const isSure = wasSure && (toMs !== null || most.balance.debt !== null || isThere);
      told.push({ fromMs, toMs: isFresh ? null : toMs, certainty: isSure ? 'uncovered' : 'unknown' });
    };
    const owed = [...least.paid, ...(least.balance.debt === null ? [] : [{ ...least.balance.debt, toMs: null }])];
    const found = owed.filter(({ dueMs }) => dueMs !== null);
    for (const [i, { fromMs, toMs }] of found.entries()) {
      const isFresh = goesOn && i === found.length - 1 && toMs !== null && NOW - toMs < AWAITED;
      if (toMs !== null) tell(fromMs, toMs, isFresh);
      else tell(fromMs, goesOn ? null : closesMs, false);
    }
  }
  return told;
}

t.test('debts, and how surely they stood, are what two walks instant by instant find', async (t) => {
  const random = new Random(SEED + 3);
  let [episodes, sure] = [0, 0];
  for (let i = 0; i < 3_000; i += 1) {
    const one = drawn(random);
    const fast = findDebts(inputOf(one)).episodes.map(({ fromMs, toMs, certainty }) => ({ fromMs, toMs, certainty }));
    const slow = slowEpisodes(one);
    episodes += slow.length;
    sure += slow.filter(({ certainty }) => certainty === 'uncovered').length;
    if (JSON.stringify(fast) === JSON.stringify(slow)) continue;
    t.same(fast, slow, `drawn ${i}`);
    t.comment(JSON.stringify(one));
    break;
  }
  t.ok(episodes > 2_000 && sure > 1_000 && sure < episodes - 200, `${episodes}, ${sure} sure`);
});

t.test('what is forgotten of a balance changes nothing that comes after', async (t) => {
  const random = new Random(SEED + 4);
  let compared = 0;
  for (let i = 0; i < 3_000; i += 1) {
    const one = drawn(random);
    const whole = findDebts(inputOf(one));
    let remembered: DebtInput['remembered'] = null;
    let sinceMs = 0;
    for (const cutoffMs of [random.int(1, NOW / 2), random.int(NOW / 2, NOW - 10)]) {
      remembered = rememberCredit(inputOf(leftOf(one, sinceMs), { sinceMs, remembered }), cutoffMs);
      sinceMs = cutoffMs;
    }
    const rest = findDebts(inputOf(leftOf(one, sinceMs), { sinceMs, remembered }));
    const expected = { ...whole, episodes: whole.episodes.filter(({ toMs }) => toMs === null || toMs >= sinceMs) };
    compared += expected.episodes.length;
    if (JSON.stringify(rest) === JSON.stringify(expected)) continue;
    t.same(rest, expected, `drawn ${i}, forgotten before ${sinceMs}`);
    t.comment(JSON.stringify(one));
    break;
  }
  t.ok(compared > 1_000, `${compared} episodes`);
});

/** What a fold still holds when what ended before an instant is forgotten. */
function leftOf({ covered, possible, ...same }: Drawn, sinceMs: number): Drawn {
  const left = (spans: readonly Span[]) => spans.filter(({ toMs }) => toMs >= sinceMs);
  return { ...same, covered: left(covered), possible: left(possible) };
}
