import t from 'tap';
import { PROMISES, PROTOCOL_RULES } from './promises.js';
import { namingTitles } from './titles.js';

const { promises, rules } = namingTitles();

t.test('every promise is named by a title of the tests', async (t) => {
  for (const [key, promise] of Object.entries(PROMISES))
    t.ok(promises.get(key as never)?.length, `[${key}] ${promise}`);
});

t.test('every protocol rule is named by a title of the tests', async (t) => {
  for (const [rule, text] of Object.entries(PROTOCOL_RULES)) t.ok(rules.get(rule as never)?.length, `${rule}: ${text}`);
});
