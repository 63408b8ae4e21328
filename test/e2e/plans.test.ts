import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { MAX_HELD_PLANS, MAX_PLANS_A_DAY } from '../../src/api/plan-orders.js';
import { loadDistrict } from '../../src/district/load-district.js';
import type { Role } from '../../src/model/roles.js';
import { type Answer, MINUTE, openSite, type Site, START_MS, STEP_MS } from './plan-site.js';

t.setTimeout(180_000);

/** `plan.json`, as far as tests change it. */
interface PlanFile {
  rules: { kind: string }[];
}

/** The files with something else in `plan.json`. */
function changed(files: Record<string, string>, change: (plan: PlanFile) => void): Record<string, string> {
  const plan = JSON.parse(files['plan.json'] ?? '') as PlanFile;
  change(plan);
  return { ...files, 'plan.json': JSON.stringify(plan) };
}

const withoutSilence = (plan: PlanFile): void => {
  plan.rules = plan.rules.filter(({ kind }) => kind !== 'tracker-silence');
};

async function published(site: Site, draft: Answer, o: Record<string, unknown>): Promise<Answer> {
  const { sourceSha256, newest } = draft.body;
  const body = { sourceSha256, basedOn: newest?.sourceSha256 ?? null, reason: 'the fair', ...o };
  return await site.ask('POST', '/plan/publish', { body });
}

t.test(
  'a draft changes nothing; published it takes effect at its instant, closes what it ends, and an older one can return',
  async (t) => {
    const site = await openSite(t);
    await site.goTo(START_MS + 5 * MINUTE);
    const files = await site.readFiles();
    const first = (await site.ask('GET', '/plan')).body;
    const draft = await site.ask('PUT', '/plan', { body: { files: changed(files, withoutSilence) } });
    t.match(draft, {
      status: 200,
      body: {
        inForce: { version: 1, sourceSha256: first.sourceSha256 },
        newest: { version: 1, published: null },
        places: 2,
        units: 1,
        rules: 2,
        changes: {
          total: 1,
          items: [
            {
              about: 'rule',
              id: 'silence',
              change: 'removed',
              sentence: { zh: '取消规则silence', en: 'rule silence is taken out' },
            },
          ],
        },
        closes: {
          total: 1,
          items: [{ why: 'removed', alert: { rule: 'tracker-silence', unit: 'car-1', sentence: { en: /car-1|巡1/ } } }],
        },
      },
    });
    const same = await site.ask('PUT', '/plan', { body: { files } });
    t.match(
      same.body,
      { sourceSha256: first.sourceSha256, changes: { total: 0 }, closes: { total: 0 } },
      'the digest is that of the folder',
    );
    t.equal((await site.ask('GET', '/plan')).body.version, 1, 'a draft changes nothing');

    const fromMs = site.nowMs() + 2 * MINUTE;
    const wish = { from: fromMs, actionId: 'fair-1' };
    const answer = await published(site, draft, wish);
    t.match(answer, {
      status: 201,
      body: {
        plan: { version: 2, inForceFromMs: fromMs, state: 'waiting', published: { actor: 'anna', reason: 'the fair' } },
      },
    });
    t.equal((await site.ask('GET', `/plan?at=${fromMs}`)).body.version, 2, 'what it will be can be looked at');
    t.match(await published(site, draft, wish), { status: 200, body: answer.body }, 'a repeat publishes nothing');
    t.match(await published(site, draft, { ...wish, reason: 'another' }), {
      status: 409,
      body: { code: 'action-id-used' },
    });
    await site.goTo(fromMs - STEP_MS);
    t.equal((await site.ask('GET', '/plan')).body.version, 1, 'not before its instant');
    await site.goTo(fromMs);
    t.match(await site.planOf(2), { version: 2, published: { actionId: 'fair-1', basedOn: first.sourceSha256 } });
    const [closed] = (await site.ask('GET', '/alerts?state=all&rule=tracker-silence')).body.items;
    t.match(closed, { condition: 'cleared', cause: 'plan', toMs: fromMs });

    const back = await site.ask('POST', '/plan/publish', {
      body: {
        sourceSha256: first.sourceSha256,
        basedOn: draft.body.sourceSha256,
        from: fromMs + 5 * MINUTE,
        reason: 'the fair is over',
      },
      subject: 'li',
    });
    t.match(back, { status: 201, body: { plan: { version: 3, state: 'waiting' } } });
    await site.goTo(fromMs + 5 * MINUTE);
    const now = await site.planOf(3);
    t.match(now, { sourceSha256: first.sourceSha256, rules: first.rules });
    t.strictSame(Object.keys(now.schedules), Object.keys(first.schedules));
    const history = await site.ask('GET', '/plans', { role: 'auditor' });
    t.match(history.body.items, [
      { version: 3, state: 'in-force', published: { actor: 'li', reason: 'the fair is over' }, inForceToMs: null },
      {
        version: 2,
        state: 'past',
        published: { actor: 'anna' },
        inForceFromMs: fromMs,
        inForceToMs: fromMs + 5 * MINUTE,
      },
      { version: 1, state: 'past', published: null, inForceToMs: fromMs },
    ]);
    const page = (await site.ask('GET', '/plans?limit=2')).body;
    t.equal(page.next, 2);
    t.match((await site.ask('GET', `/plans?limit=2&after=${page.next}`)).body, { items: [{ version: 1 }], next: null });
    t.equal((await site.ask('GET', `/plan?at=${fromMs}`)).body.version, 2);
    t.equal((await site.ask('GET', `/plan?at=${fromMs - 1}`)).body.version, 1);
  },
);

t.test(
  'a plan that waits can be overtaken by another one, and two that were drafted side by side cannot both be published',
  async (t) => {
    const site = await openSite(t);
    await site.goTo(START_MS + 2 * MINUTE);
    const files = await site.readFiles();
    const nameOf = (name: string) => ({
      ...files,
      'district.json': (files['district.json'] ?? '').replace(/"nameEn": "[^"]*"/, `"nameEn": "${name}"`),
    });
    const [one, two] = [
      await site.ask('PUT', '/plan', { body: { files: nameOf('One') } }),
      await site.ask('PUT', '/plan', { body: { files: nameOf('Two') } }),
    ];
    const from = site.nowMs() + 60 * MINUTE;
    const answers = await Promise.all(
      [one, two].map((draft, i) => published(site, draft as Answer, { from: from + i, actionId: `side-${i}` })),
    );
    t.same(answers.map(({ status }) => status).toSorted(), [201, 409], 'one of them');
    const refused = answers.find(({ status }) => status === 409);
    const newest = { version: 2, published: { actor: 'anna' } };
    t.match(refused?.body, { code: 'plan-overtaken', details: { expected: one?.body.newest?.sourceSha256, newest } });

    const again = await site.ask('PUT', '/plan', { body: { files: nameOf('Three') } });
    t.match(
      again.body,
      { inForce: { version: 1 }, newest },
      'told against the plan in force, based on the one that waits',
    );
    const sooner = site.nowMs() + 2 * MINUTE;
    t.match(await published(site, again, { from: sooner }), { status: 201, body: { plan: { version: 3 } } });
    await site.goTo(sooner);
    t.match(await site.planOf(3), { withdraws: 1, name: { en: 'Three' } });
    t.match((await site.ask('GET', '/plans')).body.items, [
      { version: 3, state: 'in-force' },
      { version: 2, state: 'withdrawn', inForceToMs: null },
      { version: 1, state: 'past', inForceToMs: sooner },
    ]);
    t.equal(
      (await site.ask('GET', `/plan?at=${sooner - 1}`)).body.version,
      1,
      'the one that was withdrawn hides none before it',
    );
    await site.goTo(sooner + MINUTE);
    t.equal((await site.ask('GET', '/plan')).body.version, 3);
  },
);

t.test(
  'a restart with older files takes no published plan back, keeps one that waits, and says that they differ; SIGHUP makes them the plan',
  async (t) => {
    const site = await openSite(t);
    await site.goTo(START_MS + 2 * MINUTE);
    const files = await site.readFiles();
    const draft = await site.ask('PUT', '/plan', { body: { files: changed(files, withoutSilence) } });
    const fromMs = site.nowMs() + 2 * MINUTE;
    await published(site, draft, { from: fromMs });
    await site.close();

    const { folder, dataFolder } = site;
    // As after a kill: what is not in the log is lost.
    await rm(join(dataFolder, 'snapshots'), { recursive: true });
    const restarted = await openSite(t, { folder, dataFolder });
    t.equal((await restarted.ask('GET', '/plan')).body.version, 1);
    await restarted.goTo(fromMs + MINUTE);
    t.match(await restarted.planOf(2), { inForceFromMs: fromMs });
    t.ok(
      restarted.log.lines.some(({ message }) => /differ from the plan that was published/.test(message)),
      'its log says so',
    );
    t.equal((await fetch(`${restarted.url}/readyz`)).status, 200);
    const checks = JSON.stringify(await (await fetch(`${restarted.url}/readyz`)).json());
    t.match(
      checks,
      /plan 2 \([0-9a-f]{8}…\) was published by anna; these files \([0-9a-f]{8}…\) differ from it and change nothing: publish them/,
    );

    await restarted.sighup();
    await restarted.goTo(restarted.nowMs() + 2 * MINUTE);
    t.equal((await restarted.ask('GET', '/plan')).body.version, 2, 'nor does SIGHUP without a change, as for keys');
    const path = join(folder, 'district.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/"nameEn": "[^"]*"/, '"nameEn": "Anew"'));
    await restarted.sighup();
    await restarted.goTo(restarted.nowMs() + 2 * MINUTE);
    t.match(await restarted.planOf(3), { name: { en: 'Anew' }, sourceSha256: (await loadDistrict(folder)).sha256 });
    t.match((await restarted.ask('GET', '/plans')).body.items[0], { version: 3, published: null });
  },
);

t.test('the calendar of a published plan is renewed without its files', async (t) => {
  const site = await openSite(t);
  await site.goTo(START_MS + 2 * MINUTE);
  const draft = await site.ask('PUT', '/plan', { body: { files: changed(await site.readFiles(), withoutSilence) } });
  await published(site, draft, { from: site.nowMs() + 2 * MINUTE });
  await site.goTo(site.nowMs() + 3 * MINUTE);
  const before = await site.planOf(2);
  // As the calendar of a plan runs out: nobody has driven the clock for weeks.
  const laterMs = before.expandedToMs - 7 * 86_400_000;
  await site.ask('POST', '/clock', { body: { nowMs: laterMs } });
  await site.close();
  const restarted = await openSite(t, { folder: site.folder, dataFolder: site.dataFolder, startMs: laterMs });
  await restarted.goTo(restarted.nowMs() + 2 * MINUTE);
  const after = await restarted.planOf(3);
  t.match(after, { sourceSha256: before.sourceSha256, published: before.published, rules: before.rules });
  t.ok(after.expandedToMs > before.expandedToMs + 7 * 86_400_000);
  t.strictSame(Object.keys(after.schedules), Object.keys(before.schedules));
  t.match((await restarted.ask('GET', '/plans')).body.items, [
    { version: 2, lastVersion: 3, state: 'in-force' },
    { version: 1 },
  ]);
});

t.test('what is wrong with a draft or a publication is answered with a code, and changes nothing', async (t) => {
  const site = await openSite(t);
  await site.goTo(START_MS + 2 * MINUTE);
  const files = await site.readFiles();
  const put = (body: unknown, role: Role = 'admin') => site.ask('PUT', '/plan', { body, role });
  const faults = async (wrong: Record<string, string>) =>
    (await put({ files: { ...files, ...wrong } })).body.details.faults;
  t.match(await put({ files: {} }), { status: 422, body: { code: 'plan-invalid', details: { unlisted: 0 } } });
  t.equal((await put({ files: {} })).body.details.faults.length, 4, 'each file that is missing');
  t.match(
    await faults({
      'units.json': '{',
      'plan.json': changed(files, (plan) => (plan.rules = [{ kind: 'x' }]))['plan.json'] ?? '',
    }),
    [
      { file: 'units.json', reason: /line 1/ },
      { file: 'plan.json', path: '/rules/0/kind' },
    ],
  );
  t.match(await faults({ 'district.json': (files['district.json'] ?? '').replace('"example"', '"other"') }), [
    { file: 'district.json', path: '/id', reason: /expected "example"/ },
  ]);
  t.match(await faults({ 'district.json': (files['district.json'] ?? '').replace('Example', 'Exa\u202Emple') }), [
    { file: 'district.json', path: '/nameEn', reason: /direction control/ },
  ]);
  t.match(await faults({ 'plan.json': '['.repeat(100_000) }), [{ file: 'plan.json', reason: /levels/ }]);
  t.match(await put({ files: { ...files, 'notes.txt': 'x' } }), { status: 400, body: { code: 'request-invalid' } });
  t.match(await put({ files: { ...files, 'units.json': 7 } }), { status: 400, body: { code: 'request-invalid' } });
  t.match(await put({ files: { ...files, 'plan.json': ' '.repeat(8_388_608) } }), {
    status: 413,
    body: { code: 'body-too-large' },
  });
  t.match(await put(`{"files":${'['.repeat(20)}${']'.repeat(20)}}`), { status: 400, body: { code: 'body-too-deep' } });
  for (const role of ['supervisor', 'auditor'] as const)
    t.match(await put({ files }, role), { status: 403, body: { code: 'token-role' } });

  const draft = await put({ files: changed(files, withoutSilence) });
  const two = await Promise.all([put({ files }), put({ files })]);
  t.same(two.map(({ status }) => status).toSorted(), [200, 429], 'one check at a time');
  t.match(two.find(({ status }) => status === 429)?.body, { code: 'too-many-drafts' });
  const nowMs = site.nowMs();
  for (const from of [
    nowMs - MINUTE,
    nowMs + MINUTE - 1,
    nowMs + 10 * 86_400_000 + 1,
    '9999-01-01T00:00:00Z',
    8_640_000_000_000_000,
  ]) {
    const { status, body } = await published(site, draft, { from });
    t.match(
      { status, body },
      { status: 400, body: { code: 'request-invalid', details: { faults: [{ path: 'body/from' }] } } },
      String(from),
    );
  }
  const from = nowMs + 5 * MINUTE;
  t.match(await published(site, draft, { from, sourceSha256: 'ab'.repeat(32) }), {
    status: 404,
    body: { code: 'plan-unknown' },
  });
  t.match(await published(site, draft, { from, sourceSha256: 'x' }), {
    status: 400,
    body: { code: 'request-invalid' },
  });
  t.match(await published(site, draft, { from, basedOn: null }), { status: 409, body: { code: 'plan-overtaken' } });
  t.match(await published(site, draft, { from, reason: ' ' }), { status: 400, body: { code: 'request-invalid' } });
  t.match(await published(site, draft, { from, reason: 'a\u0007b' }), {
    status: 400,
    body: { code: 'request-invalid' },
  });
  t.match((await site.ask('GET', '/plans')).body.items.length, 1, 'nothing was published');
  t.match(await published(site, draft, { from, reason: 'cafe\u0301' }), {
    status: 201,
    body: { plan: { published: { reason: 'caf\u00e9' } } },
  });
});

t.test('so many plans may come in a day, and so many may be held at once', async (t) => {
  const site = await openSite(t);
  await site.goTo(START_MS + 2 * MINUTE);
  const files = await site.readFiles();
  const drafts = [
    await site.ask('PUT', '/plan', { body: { files } }),
    await site.ask('PUT', '/plan', { body: { files: changed(files, withoutSilence) } }),
  ];
  const [first, second] = drafts.map(({ body }) => body.sourceSha256);
  let newest = first;
  const publish = async (from: number) => {
    const sourceSha256 = newest === first ? second : first;
    const answer = await site.ask('POST', '/plan/publish', {
      body: { sourceSha256, basedOn: newest, from, reason: 'x' },
    });
    if (answer.status === 201) newest = sourceSha256;
    return answer;
  };
  const fromMs = site.nowMs() + 60 * MINUTE;
  for (let held = 1; held < MAX_HELD_PLANS; held += 1) t.equal((await publish(fromMs + held)).status, 201);
  t.match(await publish(fromMs + MAX_HELD_PLANS), {
    status: 409,
    body: { code: 'too-many-plans', details: { held: MAX_HELD_PLANS } },
  });
  for (let today = MAX_HELD_PLANS; today < MAX_PLANS_A_DAY; today += 1) t.equal((await publish(fromMs)).status, 201);
  t.match(await publish(fromMs), {
    status: 409,
    body: { code: 'too-many-plans', details: { today: MAX_PLANS_A_DAY, held: 1 } },
  });
});
