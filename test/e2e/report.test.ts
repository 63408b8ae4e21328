import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { ReportAnswer } from '../../src/reports/outputs.js';
import { projectPath } from '../documents/project.js';
import { temporaryFolder } from '../support/redis-server.js';
import { beatwatch } from './programs.js';

t.setTimeout(600_000);

t.test('a day is reported from an archive alone, and its pack is made twice with the same bytes', async (t) => {
  const folder = await temporaryFolder(t);
  const kept = join(folder, 'kept');
  // Over midnight, so that the day is over.
  const span = ['--from', '2026-11-24T23:40:00+08:00', '--span', '40m'];
  const demo = await beatwatch(t, [
    'demo',
    '--district',
    projectPath('fixtures/example'),
    ...span,
    '--json',
    '--keep',
    kept,
  ]);
  t.equal(demo.code, 0, demo.stderr.slice(-1_000));
  const archive = join(kept, 'archive', 'example');
  const report = (...words: string[]) => beatwatch(t, ['report', ...words, '--archive', archive]);

  const unsaid = await report('presence', '--day', '2026-11-24');
  t.equal(unsaid.code, 2);
  t.match(unsaid.stderr, /--unrecorded is missing: no access entry is written/);
  const out = join(folder, 'presence.json');
  const made = await report('presence', '--day', '2026-11-24', '--unrecorded', '--out', out);
  t.equal(made.code, 0, made.stderr);
  t.equal((await stat(out)).mode & 0o777, 0o600, 'for its owner alone');
  const answer = JSON.parse(await readFile(out, 'utf8')) as ReportAnswer;
  t.match(answer, { district: 'example', timeZone: 'Asia/Shanghai', days: [{ day: '2026-11-24' }], missing: [] });
  const places = answer.reports[0]?.tables.find(({ name }) => name === 'presence')?.rows ?? [];
  t.ok(places.some(({ place }) => place === 'square'));
  const again = await report('presence', '--day', '2026-11-24', '--unrecorded', '--out', out);
  t.equal(again.code, 2);
  t.match(again.stderr, /which exists, expected a free name; --force replaces it/);

  const packs = [];
  for (const [name, zone] of [
    ['one.zip', 'Asia/Shanghai'],
    ['two.zip', 'America/St_Johns'],
  ] as const) {
    const pack = await beatwatch(
      t,
      ['report', 'pack', '--day', '2026-11-24', '--archive', archive, '--unrecorded', '--out', join(folder, name)],
      { TZ: zone, LANG: 'de_DE.UTF-8' },
    );
    t.equal(pack.code, 0, pack.stderr);
    packs.push(await readFile(join(folder, name)));
  }
  t.ok(packs[0]?.equals(packs[1] ?? Buffer.alloc(0)));

  const early = await report('all', '--day', '2026-11-25', '--unrecorded');
  t.equal(early.code, 1);
  t.match(early.stderr, /got 2026-11-25, expected a day that is over in the log/);
});

t.test('words that a report cannot be made of are refused with what is expected', async (t) => {
  const folder = await temporaryFolder(t);
  const report = (...words: string[]) => beatwatch(t, ['report', ...words]);
  t.match((await report('presents', '--day', '2026-11-24')).stderr, /NAME: got "presents", expected one of presence/);
  t.match((await report('all')).stderr, /got no --day, expected a date/);
  t.match(
    (await report('all', '--day', '2026-11-24', '--format', 'pdf')).stderr,
    /expected one of json, csv, xlsx, html/,
  );
  t.match((await report('pack', '--day', '2026-11-24', '--to', '2026-11-25')).stderr, /a pack is of one/);
  const missing = await report('all', '--day', '2026-11-24', '--archive', folder, '--unrecorded');
  t.equal(missing.code, 1);
  t.match(missing.stderr, /got no line of a manifest, expected the archive of a district/);
});
