import t from 'tap';
import { reportPage } from '../../src/reports/page/page.js';
import { markup } from '../../src/reports/page/markup.js';
import { periodOf, type ReportDay } from '../../src/reports/period-of.js';
import { makeReport, REPORT_NAMES } from '../../src/reports/report.js';
import { madeDays } from './made-day.js';
import { WORKED_DAY } from './worked-day.js';

const LANGUAGES = ['zh', 'en'] as const;

function pageOf(days: readonly ReportDay[], language: 'zh' | 'en'): string {
  const period = periodOf(days);
  return reportPage(
    period,
    REPORT_NAMES.map((name) => makeReport(name, period)),
    language,
  );
}

/** Names as nobody should give them. */
const EVIL = `</title><script>alert(1)</script>"'&\u202Eabc\u0000`;

t.test('a page needs nothing from elsewhere and runs nothing', async (t) => {
  for (const language of LANGUAGES) {
    const page = pageOf(await madeDays({ seed: 3, days: 2 }), language);
    t.match(page, /^<!doctype html>\n<html lang="(zh-CN|en)">/);
    t.match(page, `content="default-src 'none'; style-src 'unsafe-inline'"`);
    t.notMatch(page, /https?:|\/\/|<script|<link|<img|<iframe|@import|\son\w+=|javascript:|url\((?!#)/i);
    t.match(page, /<meta charset="utf-8">/);
  }
});

t.test('tags of a page are closed in the order in which they were opened', async (t) => {
  for (const language of LANGUAGES) {
    const open: string[] = [];
    const text = pageOf(await madeDays({ seed: 4 }), language).replace(/<style>[\s\S]*?<\/style>/, '');
    for (const [, slash, name = '', own] of text.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/gi)) {
      if (own === '/' || name === 'meta' || name === 'br') continue;
      if (slash === '') open.push(name);
      else t.equal(open.pop(), name);
    }
    t.strictSame(open, []);
  }
});

t.test('names cannot become markup', async (t) => {
  const plans = WORKED_DAY.plans.map((plan) => ({
    ...plan,
    name: { zh: EVIL, en: EVIL },
    places: plan.places.map((place) => ({ ...place, name: { zh: EVIL, en: EVIL } })),
    units: plan.units.map((unit) => ({ ...unit, callsign: EVIL })),
  }));
  for (const language of LANGUAGES) {
    const page = pageOf([{ ...WORKED_DAY, plans }], language);
    t.notMatch(page, /<script|\u202E|\p{Cc}(?<!\n)/u);
    t.match(page, '&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\uFFFDabc\uFFFD');
  }
});

t.test('templates escape texts and keep markup', async (t) => {
  t.equal(
    String(markup`<b title="${'"'}">${'<'}${markup`<i>${1}</i>`}${[markup`a`, markup`b`]}</b>`),
    '<b title="&quot;">&lt;<i>1</i>ab</b>',
  );
});

t.test('the page says what its numbers are: our formula, bounds, and what is unknown', async (t) => {
  const [zh, en] = [pageOf([WORKED_DAY], 'zh'), pageOf([WORKED_DAY], 'en')];
  t.match(zh, '此公式为本系统自定，并非官方口径');
  t.match(en, 'The formula is our own, not an official one');
  for (const page of [zh, en]) {
    t.match(page, '20.9%', 'rate');
    t.match(page, '18.3–30.8%', 'bounds');
    t.match(page, '12.5%', 'unknown share');
    t.match(page, WORKED_DAY.recordSha256);
  }
  t.match(zh, '2026年11月24日 星期二');
  t.match(en, 'Tuesday 24 November 2026');
});

t.test('units stand in the order of their ids, not of their numbers', async (t) => {
  const period = periodOf(await madeDays({ seed: 5 }));
  for (const name of ['units', 'trackers'] as const)
    for (const table of makeReport(name, period).tables) {
      const at = table.columns.findIndex((column) => column.name === 'unit');
      const ids = at < 0 ? [] : table.rows.map((row) => String(row[at]));
      t.strictSame(ids, [...ids].sort(), table.name);
    }
});
