import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { WhatIf } from '../../src/model/what-if.js';
import { temporaryFolder } from '../support/redis-server.js';
import { beatwatch, MEIXIAN } from './programs.js';

t.setTimeout(600_000);

interface PlanFile {
  readonly rules: readonly { readonly kind: string; readonly thresholdS?: number }[];
}

t.test('an archived demo under its own plan, and under one that waits two minutes for everybody', async (t) => {
  const folder = await temporaryFolder(t);
  const kept = join(folder, 'kept');
  const demo = await beatwatch(t, ['demo', '--district', MEIXIAN, '--span', '90m', '--json', '--keep', kept]);
  t.equal(demo.code, 0, demo.stderr.slice(-1_000));
  const [first] = demo.stdout.split('\n');
  const started = JSON.parse(first ?? '{}') as { readonly from: string };
  const fromMs = Date.parse(started.from);
  const hours = ['--from', started.from, '--to', new Date(fromMs + 5_400_000).toISOString()];
  const archive = ['--archive', join(kept, 'archive', 'meixian'), '--unrecorded'];
  const ask = async (plan: string) => {
    const asked = await beatwatch(t, ['whatif', '--plan', plan, ...archive, ...hours, '--json']);
    t.equal(asked.code, 0, asked.stderr.slice(-1_000));
    return JSON.parse(asked.stdout.trim().split('\n').at(-1) ?? '{}') as WhatIf;
  };

  const same = await ask(MEIXIAN);
  t.same([same.added, same.gone], [[], []]);
  t.same(same.recorded.load, same.tried.load);
  t.ok(same.recorded.load.asked > 0);

  const eager = join(folder, 'eager');
  await cp(MEIXIAN, eager, { recursive: true });
  const plan = JSON.parse(await readFile(join(eager, 'plan.json'), 'utf8')) as PlanFile;
  const rules = plan.rules.map((rule) =>
    rule.thresholdS === undefined ? rule : { ...rule, thresholdS: 120, graceS: 0 },
  );
  await writeFile(join(eager, 'plan.json'), JSON.stringify({ ...plan, rules }));
  const more = await ask(eager);
  t.ok(more.tried.load.asked > more.recorded.load.asked);
  t.ok(more.added.length > 0);

  const text = await beatwatch(t, ['whatif', '--plan', eager, ...archive, ...hours, '--operators', '2']);
  t.match(text.stdout, /as recorded +under this plan/);
  t.match(text.stdout, /hours over 12 +\d of 2/);
  t.match(text.stdout, /Only under this plan: \d+\n {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}\S+-gap, /);

  const wrong = await beatwatch(t, [
    'whatif',
    '--plan',
    MEIXIAN,
    ...archive,
    '--from',
    hours[3] ?? '',
    '--to',
    started.from,
  ]);
  t.match([wrong.code, wrong.stderr], [2, /expected an instant after --from/]);
  const none = await beatwatch(t, ['whatif', '--plan', MEIXIAN, '--archive', folder, '--unrecorded', ...hours]);
  t.match([none.code, none.stderr], [1, /got no line of a manifest/]);
});
