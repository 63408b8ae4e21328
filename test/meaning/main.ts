import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { logsToMean } from './logs.js';
import { type Meaning, meaningOf } from './meaning.js';

// What the same logs came to before a change of the fold: `UPDATE_MEANING=1 node dist/test/meaning/main.js` records it, and without the
// variable this compares. Arguments: only logs whose names contain one of them.

const FILE = new URL('../../../test/meaning/meaning.json', import.meta.url);

const wanted = process.argv.slice(2);
const isUpdate = process.env.UPDATE_MEANING === '1';
const known = isUpdate ? [] : (JSON.parse(readFileSync(FILE, 'utf8')) as Meaning[]);
const found: Meaning[] = [];
for (const log of logsToMean()) {
  if (wanted.length > 0 && !wanted.some((part) => log.name.includes(part))) continue;
  const meaning = await meaningOf(log);
  found.push(meaning);
  const before = known.find((one) => one.log === log.name);
  const differs =
    before === undefined
      ? ['unknown']
      : (Object.keys(meaning) as (keyof Meaning)[]).filter((key) => !isDeepStrictEqual(meaning[key], before[key]));
  if (isUpdate) console.log(JSON.stringify(meaning));
  else console.log(differs.length === 0 ? `same   ${log.name}` : `OTHER  ${log.name}: ${differs.join(', ')}`);
  if (!isUpdate && differs.length > 0) process.exitCode = 1;
}
if (isUpdate) writeFileSync(FILE, `${JSON.stringify(found, null, 2)}\n`);
