import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import { HOUR, MINUTE, T0 } from './support.js';
import { playCase, type RuleCase, toldOf } from './rule-case.js';
import { standing } from './verdicts.js';

const FOLDER = new URL('../../../test/engine/rule-cases/', import.meta.url);
const SEEDS = [1, 2];

for (const name of readdirSync(FOLDER).sort()) {
  const file = new URL(name, FOLDER);
  const one = JSON.parse(readFileSync(file, 'utf8')) as RuleCase;
  const untilMs = T0 + one.untilS * 1_000;
  const laterMs = untilMs + HOUR;
  t.test(`the case ${name}: ${one.promise}`, async (t) => {
    const bench = playCase(one, { untilMs });
    const told = bench.alerts.map(toldOf);
    if (process.env.UPDATE_CASES !== undefined) {
      writeFileSync(file, `${JSON.stringify({ ...one, told }, null, 2)}\n`);
    } else t.same(told, one.told);
    bench.tickTo(laterMs);
    const expected = standing(bench);
    for (const seed of SEEDS) {
      const late = playCase(one, { untilMs: laterMs, delayMs: 29 * MINUTE, seed });
      t.same(standing(late), expected, `seed ${seed}: so much is said whatever the order`);
    }
  });
  t.test(`the case ${name}: restored after each entry it says the same, and has the same bytes`, async (t) => {
    const plain = playCase(one, { untilMs: laterMs });
    const renewed = playCase(one, {
      untilMs: laterMs,
      renewEach: (bench) => {
        if (bench.log.length % 10 === 0) bench.state = restoreState(dumpState(bench.state));
      },
    });
    t.same(renewed.alerts, plain.alerts);
    t.same(dumpState(renewed.state), dumpState(plain.state));
  });
}
