import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { GrowingFile, writeWholeFile } from '../../src/files/whole-file.js';
import { temporaryFolder } from '../support/redis-server.js';

t.test('a file appears whole under its name, for its owner alone, and replaces what was there', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'report.csv');
  await writeWholeFile(path, 'one');
  t.equal(statSync(path).mode & 0o777, 0o600);
  const file = await GrowingFile.begin(path);
  await file.write(Buffer.from('two and '));
  await file.write(Buffer.from('three'));
  t.equal(readFileSync(path, 'utf8'), 'one', 'until it is whole the old one stands');
  await file.end();
  await file.publish();
  await file.discard();
  t.equal(readFileSync(path, 'utf8'), 'two and three');
  t.strictSame(readdirSync(folder), ['report.csv'], 'nothing is left beside it');
});

t.test('a file that must be new replaces none, and one that is given up leaves nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'head.json');
  await writeWholeFile(path, 'first', { isNew: true });
  await t.rejects(writeWholeFile(path, 'second', { isNew: true }), { code: 'EEXIST' });
  t.equal(readFileSync(path, 'utf8'), 'first');
  const file = await GrowingFile.begin(join(folder, 'other'));
  await file.write(Buffer.from('half'));
  await file.discard();
  t.strictSame(readdirSync(folder), ['head.json']);
});
