import t from 'tap';
import { isClear } from '../../src/archive/clear-stretches.js';
import type { Leg } from '../../src/archive/fix-legs.js';
import type { AreaE7 } from '../../src/model/plan.js';

const square = (westE7: number, southE7: number, sizeE7: number): AreaE7 => ({
  westE7,
  southE7,
  eastE7: westE7 + sizeE7,
  northE7: southE7 + sizeE7,
});
/** From 100 to 200, the area in the square between 1,000 and 1,100, which vague positions may reach from 900. */
const AWAY = { box: square(1_000, 1_000, 100), wideBox: square(900, 900, 300), fromMs: 100, toMs: 200, stretches: [] };
const STRETCH = { quietMs: 20, area: null };

/** Precise positions at the origin, 10 apart. */
function leg(fromMs: number, toMs: number, more: Partial<Leg> = {}): Leg {
  const precise = { preciseFromMs: fromMs, preciseToMs: toMs, gapMs: 10, isPrecise: true };
  return { fromMs, toMs, ...precise, box: square(0, 0, 10), ...more };
}

const QUIET = [leg(90, 140), leg(150, 210)];

t.test('a unit is clear of an area if it was heard of all the time, and always away', async (t) => {
  const is = (legs: readonly Leg[], stretch = STRETCH) => isClear(legs, stretch, AWAY);
  t.ok(is(QUIET));
  t.ok(is(QUIET.toReversed()), 'legs of several files come in any order');
  t.ok(is([leg(100, 140), leg(160, 200)]), 'to the ends of what is allowed');
  t.notOk(is([]), 'nobody knows of it');
  t.notOk(is([leg(101, 140), leg(150, 210)]), 'first heard of behind the start');
  t.notOk(is([leg(90, 140), leg(150, 199)]), 'last heard of before the end');
  t.notOk(is([leg(90, 140), leg(161, 210)]), 'a hole between two legs');
  t.notOk(is([leg(90, 140), leg(150, 210, { gapMs: 21 })]), 'a hole in one');
  const vague = { isPrecise: false, preciseFromMs: Number.POSITIVE_INFINITY, preciseToMs: Number.NEGATIVE_INFINITY };
  t.notOk(is([leg(90, 140), leg(141, 150, vague), leg(161, 210)]), 'vague positions fill no hole');
  t.ok(is([leg(90, 140), leg(141, 150, { isPrecise: false, preciseToMs: 145 }), leg(160, 210)]));
  t.notOk(is([leg(90, 140, { box: square(995, 995, 10) }), leg(150, 210)]), 'in the area');
});

t.test('a way counts as all of the box around what it may connect', async (t) => {
  const at = (west: number, south: number, more: Partial<Leg> = {}) => ({ box: square(west, south, 10), ...more });
  t.notOk(isClear([leg(90, 140, at(0, 1_050)), leg(150, 210, at(2_000, 1_050))], STRETCH, AWAY), 'across');
  const far = [leg(90, 120, at(0, 0)), leg(130, 160, at(0, 2_000)), leg(170, 210, at(2_000, 2_000))];
  t.ok(isClear(far, STRETCH, AWAY), 'about it, a leg at a time');
  const [first, second, third] = far as [Leg, Leg, Leg];
  t.notOk(isClear([first, { ...second, toMs: 170 }, third], STRETCH, AWAY), 'legs that overlap are one');
});

t.test('a vague position keeps further off, and one outside of the district fills no hole', async (t) => {
  const near = square(950, 950, 10);
  t.ok(isClear([leg(90, 210, { box: near })], STRETCH, AWAY));
  t.notOk(isClear([leg(90, 210, { box: near, isPrecise: false })], STRETCH, AWAY));
  t.notOk(isClear([leg(90, 140, { box: near }), leg(150, 210, { isPrecise: false })], STRETCH, AWAY));
  t.ok(isClear(QUIET, { ...STRETCH, area: square(0, 0, 10) }, AWAY));
  t.notOk(isClear(QUIET, { ...STRETCH, area: square(1, 0, 10) }, AWAY));
});
