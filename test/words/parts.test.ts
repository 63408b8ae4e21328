import t from 'tap';
import type { AlertVersion } from '../../src/model/alert.js';
import type { PlaceKind } from '../../src/model/plan.js';
import { clockTimes } from '../../src/protocol/words/clock-times.js';
import { durationOf, exactDurationOf } from '../../src/protocol/words/durations.js';
import { sentenceOf } from '../../src/protocol/words/sentence.js';
import { wordedAlert } from '../../src/protocol/words/worded-alert.js';
import { HOUR, MINUTE, T0 } from '../engine/support.js';
import { everyChange } from './every-change.js';

t.test('a length of time is rounded down as a person would, a limit is not', async (t) => {
  const cases: readonly (readonly [number, string, string, string])[] = [
    [0, '0秒', '0 s', '0秒'],
    [999, '0秒', '0 s', '0秒'],
    [59_999, '59秒', '59 s', '59秒'],
    [60_000, '1分钟', '1 min', '1分钟'],
    [90_000, '1分30秒', '1 min 30 s', '1分30秒'],
    [119_999, '1分59秒', '1 min 59 s', '1分59秒'],
    [120_000, '2分钟', '2 min', '2分钟'],
    [25 * MINUTE + 4_000, '25分钟', '25 min', '25分4秒'],
    [HOUR, '1小时', '1 h', '1小时'],
    [HOUR + 2 * MINUTE + 3_000, '1小时2分钟', '1 h 2 min', '1小时2分3秒'],
    [26 * HOUR, '1天2小时', '1 d 2 h', '1天2小时'],
  ];
  for (const [ms, zh, en, exactZh] of cases) {
    t.strictSame(durationOf(ms), { zh, en }, `${ms} ms`);
    t.equal(exactDurationOf(ms).zh, exactZh, `${ms} ms, exactly`);
  }
});

t.test(
  "a clock time is the district's, and has its date on another day, and its zone where none is known",
  async (t) => {
    const nowMs = Date.UTC(2026, 0, 1, 4);
    const clock = clockTimes('Asia/Shanghai', nowMs);
    t.strictSame(clock(nowMs), { zh: '12:00', en: '12:00' });
    t.strictSame(clock(Date.UTC(2025, 11, 31, 16)), { zh: '00:00', en: '00:00' }, 'midnight begins the day');
    t.strictSame(clock(Date.UTC(2026, 0, 1, 16)), { zh: '1月2日00:00', en: '00:00 on 2 Jan' });
    t.strictSame(clock(Date.UTC(2025, 11, 31, 15, 59)), { zh: '2025年12月31日23:59', en: '23:59 on 31 Dec 2025' });
    t.strictSame(clockTimes(null, nowMs)(nowMs), { zh: 'UTC 04:00', en: '04:00 UTC' });
    t.strictSame(clockTimes('Asia/Kolkata', nowMs)(nowMs), { zh: '09:30', en: '09:30' });
  },
);

t.test('a place is called by its name, with its kind where the name does not say it', async (t) => {
  const names: readonly (readonly [PlaceKind, string, string, string, string])[] = [
    ['zone', '新城一', 'New Town 1', '“新城一”片区', 'Zone New Town 1'],
    ['zone', '中心区', 'Central district', '“中心区”', 'Central district'],
    ['checkpoint', '新城小学护学岗', 'School gate', '新城小学护学岗', 'School gate'],
    ['checkpoint', '广场', 'Square', '广场岗点', 'Square'],
    ['route', '华南大道', 'Huanan Avenue', '华南大道', 'Huanan Avenue'],
  ];
  for (const [kind, zh, en, saidZh, saidEn] of names) {
    const [raised] = everyChange(`${kind}-gap`) as [AlertVersion];
    const place = raised.place ?? '';
    const said = sentenceOf({ ...raised, names: { places: { [place]: { kind, zh, en } }, units: {} } }, null);
    t.ok(said.zh.startsWith(`${saidZh}已`), said.zh);
    t.ok(said.en.startsWith(`${saidEn} has`), said.en);
    const { names: _names, ...unnamed } = raised;
    t.ok(sentenceOf(unnamed, null).zh.includes(place), 'and by its id where it has none');
  }
});

t.test('a sentence repeats the beginning of a long comment, without the full stop at its end', async (t) => {
  const commented = everyChange('zone-gap').find(({ change }) => change === 'commented') as AlertVersion;
  const said = (comment: string): string =>
    sentenceOf({ ...commented, evidence: { ...commented.evidence, comment } }, 'Asia/Shanghai').zh;
  t.match(said('已派车。'), /备注“已派车”：/);
  t.match(said(`${'好'.repeat(60)}。`), /备注“好{60}”：/);
  t.match(said('𠀀'.repeat(61)), /备注“(𠀀){60}…”：/u);
});

t.test('what only a newer engine knows is told without words of its own', async (t) => {
  const [raised] = everyChange('zone-gap') as [AlertVersion];
  const newer = { ...raised, rule: 'convoy-late' } as unknown as AlertVersion;
  t.strictSame(wordedAlert(newer, null).sentence, { zh: 'convoy-late：raised。', en: 'convoy-late: raised.' });
  const refused = everyChange('zone-gap').find(({ change }) => change === 'refused') as AlertVersion;
  const evidence = { ...refused.evidence, reason: 'of-a-newer-engine' } as unknown as AlertVersion['evidence'];
  t.match(sentenceOf({ ...refused, evidence }, null).zh, /签收，未生效：/);
});

t.test('a version that an older fold told keeps the sentence that it was told with', async (t) => {
  const [raised] = everyChange('zone-gap') as [AlertVersion];
  const sentence = { zh: '旧话', en: 'Old words' };
  t.strictSame(wordedAlert({ ...raised, sentence }, null).sentence, sentence);
  t.strictSame(wordedAlert(raised, 'Asia/Shanghai').sentence, sentenceOf(raised, 'Asia/Shanghai'));
  t.match(sentenceOf(raised, 'Asia/Shanghai').zh, /（08:00起，/, `T0 is ${new Date(T0).toISOString()}`);
});
