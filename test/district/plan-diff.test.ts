import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { compilePlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { planChanges } from '../../src/district/plan-diff.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { planChangeWords } from '../../src/protocol/words/plan-change-words.js';
import { beatwatch } from '../documents/project.js';
import { type TestScope, temporaryFolder } from '../support/redis-server.js';
import { fixture } from './district-folder.js';

// A Monday.
const FROM_MS = Date.parse('2026-03-02T00:00:00+08:00');
const DAYS = 14;

type FileEdits = Readonly<Record<string, (text: string) => string>>;

/** A folder of the example district with edited files. */
async function edited(t: TestScope, edits: FileEdits): Promise<string> {
  const folder = join(await temporaryFolder(t), 'example');
  await cp(fixture('example'), folder, { recursive: true });
  for (const [file, edit] of Object.entries(edits)) {
    const before = await readFile(join(folder, file), 'utf8');
    const after = edit(before);
    if (after === before) throw new Error(`${file}: got an edit that changes nothing`);
    await writeFile(join(folder, file), after);
  }
  return folder;
}

async function planOf(folder: string, expandFromMs = FROM_MS, days = DAYS): Promise<CompiledPlan> {
  const options = { version: 1, inForceFromMs: FROM_MS, expandFromMs, expandDays: days };
  return compilePlan(await loadDistrict(folder), options);
}

async function wordsOf(t: TestScope, edits: FileEdits): Promise<{ zh: string; en: string }[]> {
  const before = await planOf(fixture('example'));
  return planChanges(before, await planOf(await edited(t, edits))).map(planChangeWords);
}

t.test('equal files change nothing, whatever version, instant and days of calendar their plans have', async (t) => {
  const before = await planOf(fixture('example'));
  const later = await planOf(fixture('example'), FROM_MS + 3 * 86_400_000);
  t.strictSame(planChanges(before, { ...later, version: 9, inForceFromMs: FROM_MS + 1 }), []);
  // As the log gives it back.
  t.strictSame(planChanges(JSON.parse(canonicalJson(before)) as CompiledPlan, later), []);
  const { possibleForMs: _, denseFactor: __, ...older } = before;
  t.strictSame(planChanges(older, before), [], 'what an older plan does not say, it means');
  const [longer] = planChanges(older, { ...before, possibleForMs: 3_600_000 }).map(planChangeWords);
  t.equal(longer?.en, 'district example: longest doubt of a silence 1 h instead of 30 min');
});

t.test('places: what is new, what is taken out, and what of the others is other', async (t) => {
  const said = await wordsOf(t, {
    'places.geojson': (text) =>
      text
        .replace('"radiusM": 100 }', '"radiusM": 150, "tier": 1 }')
        .replace('[116.06, 24.27] }', '[116.061, 24.27] }')
        .replace('"nameZh": "中心区"', '"nameZh": "老城区"'),
  });
  t.strictSame(said, [
    {
      zh: '地点老城区（centre）：中文名由中心区改为老城区',
      en: 'place Centre (centre): name in Chinese 老城区 instead of 中心区',
    },
    {
      zh: '地点广场（square）：等级由无改为1；范围由半径100米的圆改为半径150米的圆，中心移动102米',
      en: 'place Square (square): tier 1 instead of none; circle of 150 m instead of circle of 100 m, its middle 102 m away',
    },
  ]);
  const wider = await wordsOf(t, { 'places.geojson': (text) => text.replace('"radiusM": 100', '"radiusM": 150') });
  t.strictSame(wider, [
    {
      zh: '地点广场（square）：范围由半径100米的圆改为半径150米的圆',
      en: 'place Square (square): circle of 150 m instead of circle of 100 m',
    },
  ]);
  const gate =
    '{ "type": "Feature", "properties": { "id": "gate", "kind": "checkpoint", "nameZh": "校门", "nameEn": "Gate", "radiusM": 80 }, "geometry": { "type": "Point", "coordinates": [116.062, 24.271] } }';
  const more = await wordsOf(t, { 'places.geojson': (text) => text.replace('"features": [', `"features": [${gate},`) });
  t.strictSame(more, [
    { zh: '新增地点校门（gate）', en: 'place Gate (gate) is new' },
    { zh: '规则posts：增加地点gate', en: 'rule posts: also places gate' },
  ]);
});

t.test('units and rules: every field that the plan has of them', async (t) => {
  const said = await wordsOf(t, {
    'units.json': (text) => text.replace('"crewCount": 2', '"crewCount": 3').replace('"bd-1"', '"bd-7"'),
    'plan.json': (text) =>
      JSON.stringify({
        ...(JSON.parse(text) as object),
        rules: [
          { id: 'posts', kind: 'checkpoint-gap', thresholdS: 900, unitKinds: ['car'], severity: 'medium' },
          { id: 'silence', kind: 'tracker-silence' },
          { id: 'stands', kind: 'dwell-long' },
        ],
      }),
  });
  t.strictSame(
    said.map(({ en }) => en),
    [
      'unit 巡1 (car-1): crew 3 instead of 2; tracker bd-7 instead of bd-1',
      'rule posts: severity medium instead of high; threshold 15 min instead of 10 min; kinds of units car instead of car, motorcycle, foot',
      'rule stands is new',
      'rule zones is taken out',
    ],
  );
  t.match(said[1]?.zh, '级别由高改为中');
});

t.test('hours: the first day on which they differ, and how many do', async (t) => {
  const said = await wordsOf(t, {
    'plan.json': (text) =>
      text
        .replace('"from": "08:30", "to": "10:00"', '"from": "08:30", "to": "09:30"')
        .replace('"from": "10:00", "to": "20:00"', '"from": "09:30", "to": "20:00"')
        .replace('"daily": [', '"exceptions": [{ "date": "2026-03-05", "windows": [] }], "daily": ['),
  });
  t.strictSame(said, [
    {
      zh: '警力巡1（car-1）：2026-03-05（14天中1天不同）时段由08:00–20:30改为无',
      en: 'unit 巡1 (car-1): hours on 2026-03-05 (1 of 14 days differ): none instead of 08:00–20:30',
    },
    {
      zh: '规则posts：2026-03-02（14天中14天不同）时段由08:30–10:00改为08:30–09:30',
      en: 'rule posts: hours on 2026-03-02 (14 of 14 days differ): 08:30–09:30 instead of 08:30–10:00',
    },
    {
      zh: '规则zones：2026-03-02（14天中14天不同）时段由10:00–20:00改为09:30–20:00',
      en: 'rule zones: hours on 2026-03-02 (14 of 14 days differ): 09:30–20:00 instead of 10:00–20:00',
    },
  ]);
});

t.test('hours of a day on which the clocks change are those that the clock shows', async (t) => {
  const berlin = { 'district.json': (text: string) => text.replace('"Asia/Shanghai"', '"Europe/Berlin"') };
  const longer = { 'plan.json': (text: string) => text.replace('"to": "20:30"', '"to": "21:30"') };
  const summer = Date.parse('2026-03-28T00:00:00+01:00');
  const before = await planOf(await edited(t, berlin), summer, 3);
  const after = await planOf(await edited(t, { ...berlin, ...longer }), summer, 3);
  const [change] = planChanges(before, after);
  t.match(change?.fields, [{ is: 'hours', firstDay: '2026-03-28', before: '08:00–20:30', after: '08:00–21:30' }]);
  const onlySunday = {
    ...after,
    schedules: { ...after.schedules, day: before.schedules.day?.map((ms, i) => (i === 3 ? ms + 3_600_000 : ms)) ?? [] },
  };
  const [other] = planChanges(before, onlySunday);
  t.match(other?.fields, [{ firstDay: '2026-03-29', days: 1, before: '08:00–20:30', after: '08:00–21:30' }]);
});

t.test('the command compares two folders, and says what is wrong with one', async (t) => {
  const changed = await edited(t, { 'units.json': (text) => text.replace('"crewCount": 2', '"crewCount": 3') });
  const run = beatwatch(['district', 'diff', fixture('example'), changed]);
  t.equal(run.status, 0, run.stderr);
  t.match(
    run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
    [
      { type: 'change', about: 'unit', id: 'car-1', sentence: { en: 'unit 巡1 (car-1): crew 3 instead of 2' } },
      { type: 'ok', district: 'example', changes: 1 },
    ],
  );
  const broken = await edited(t, { 'units.json': (text) => text.replace('"duty": "day"', '"duty": "night"') });
  const refused = beatwatch(['district', 'diff', fixture('example'), broken]);
  t.match(refused, { status: 1, stdout: /"path":"\/units\/0\/duty"/, stderr: /1 fault/ });
  t.match(beatwatch(['district', 'diff', fixture('example')]), { status: 2, stderr: /expected .* diff OLD NEW/ });
  t.match(beatwatch(['district', 'diff', fixture('example'), fixture('meixian')]), {
    status: 2,
    stderr: /got the districts example and meixian, expected two plans of one district/,
  });
});

t.test('escalation: policies, their steps and hours, and which comes first', async (t) => {
  const before = await planOf(fixture('example'));
  const step = (afterMs: number, channel: string) => ({ to: 'duty', afterMs, channels: [channel] }) as const;
  const any = { severities: null, kinds: null, places: null, groups: null, during: 'always' };
  const [calls, rest] = [
    { ...any, id: 'calls', kinds: ['sos'] as const, steps: [step(0, 'desk')] },
    { ...any, id: 'rest', steps: [step(60_000, 'desk')] },
  ];
  const said = (a: CompiledPlan, b: CompiledPlan): string[] => planChanges(a, b).map((one) => planChangeWords(one).en);
  const old = { ...before, escalation: [calls, rest] };
  t.strictSame(said(before, old), ['escalation calls is new', 'escalation rest is new']);
  const moved = { ...rest, during: 'day', steps: [...rest.steps, step(300_000, 'command')] };
  const [order, changed, ...more] = said(old, { ...before, escalation: [moved, calls] });
  t.equal(order, 'district example: order of escalations rest, calls instead of calls, rest');
  t.match(
    changed,
    /^escalation rest: steps 60 s duty: desk, 300 s duty: command instead of 60 s duty: desk; hours on /,
  );
  t.strictSame(more, []);
});
