import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { loadDistrict } from '../../src/district/load-district.js';
import { beatwatch } from '../documents/project.js';
import { temporaryFolder } from '../support/redis-server.js';

t.test('`beatwatch district new` makes a district that passes its check without a warning', async (t) => {
  const folder = join(await temporaryFolder(t), 'north-2');
  const made = beatwatch(['district', 'new', folder]);
  t.equal(made.status, 0, made.stderr);
  t.match(made.stdout, /^.+\n$/, 'one line');
  t.match(JSON.parse(made.stdout), { type: 'made', district: 'north-2' });
  const checked = beatwatch(['district', 'check', folder]);
  t.equal(checked.status, 0);
  t.match(checked.stdout, /^.+\n$/, 'one line');
  t.match(JSON.parse(checked.stdout), { type: 'ok', district: 'north-2', places: 3, units: 2, rules: 6 }, 'no warning');
  const before = await readFile(join(folder, 'plan.json'), 'utf8');
  await writeFile(join(folder, 'plan.json'), before.replace('"thresholdS": 600', '"thresholdS": 900'));
  const again = beatwatch(['district', 'new', folder]);
  t.equal(again.status, 2);
  t.match(again.stderr, /got a folder with 4 entries, expected an empty one/);
  t.match(await readFile(join(folder, 'plan.json'), 'utf8'), '"thresholdS": 900', 'what is there is left as it is');
});

t.test('its id, names, time zone and place are as the options say; wrong ones make nothing', async (t) => {
  const folder = join(await temporaryFolder(t), 'Köln');
  t.match(beatwatch(['district', 'new', folder]), { status: 2, stderr: /--id: got "köln"/ });
  t.match(beatwatch(['district', 'new', folder, '--id', 'x', '--at', '24.27']), {
    status: 2,
    stderr: /--at: got "24.27"/,
  });
  const moon = ['--id', 'x', '--time-zone', 'Moon/Sea'];
  t.match(beatwatch(['district', 'new', folder, ...moon]), { status: 2, stderr: /--time-zone: got "Moon\/Sea"/ });
  const names = ['--id', 'koeln', '--name-zh', '科隆', '--name-en', 'Cologne', '--time-zone', 'Europe/Berlin'];
  const made = beatwatch(['district', 'new', folder, ...names, '--at', '6.96,50.94']);
  t.equal(made.status, 0, made.stderr);
  const { id, name, timeZone, places } = await loadDistrict(folder);
  t.match({ id, name, timeZone }, { id: 'koeln', name: { zh: '科隆', en: 'Cologne' }, timeZone: 'Europe/Berlin' });
  t.match(places.find(({ id: place }) => place === 'post-1')?.shape, {
    center: { lngE7: 69_600_000, latE7: 509_400_000 },
  });
});
