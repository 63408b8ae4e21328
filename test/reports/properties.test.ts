import t from 'tap';
import { namedRows } from '../../src/reports/page/named-rows.js';
import { periodOf } from '../../src/reports/period-of.js';
import { makeReport, REPORT_NAMES } from '../../src/reports/report.js';
import type { Cell, ReportTable } from '../../src/reports/table.js';
import { madeDays } from './made-day.js';

const SEEDS = Array.from({ length: 24 }, (_, i) => i + 1);
const ZONES = ['Asia/Shanghai', 'Europe/Berlin', 'America/St_Johns'];

type Row = Readonly<Record<string, Cell>>;

async function tablesOf(seed: number): Promise<ReadonlyMap<string, ReportTable>> {
  const days = await madeDays({ seed, days: 1 + (seed % 3), timeZone: ZONES[seed % ZONES.length] ?? 'UTC' });
  const period = periodOf(days);
  return new Map(REPORT_NAMES.flatMap((name) => makeReport(name, period).tables).map((table) => [table.name, table]));
}

/** The least and the most of each table, wherever it has both. */
function boundsOf({ columns }: ReportTable): (readonly [low: string, high: string])[] {
  return columns.flatMap(({ name, range }, i) =>
    range === undefined ? [] : [[name, columns[i + 1]?.name ?? ''] as const],
  );
}

const sum = (rows: readonly Row[], name: string): number => rows.reduce((total, row) => total + Number(row[name]), 0);
const near = (a: number, b: number): boolean => Math.abs(a - b) < 0.01;

t.test('whatever a day was, the numbers of its reports fit together', async (t) => {
  let [rates, ranges, hours] = [0, 0, 0];
  for (const seed of SEEDS) {
    const tables = await tablesOf(seed);
    const rowsOf = (name: string): Row[] => namedRows(tables.get(name) as ReportTable);
    for (const table of tables.values()) {
      for (const row of namedRows(table)) {
        for (const [low, high] of boundsOf(table)) {
          const [least, most] = [row[low] ?? null, row[high] ?? null];
          if (least === null || most === null) continue;
          ranges += 1;
          if (Number(least) > Number(most)) t.fail(`seed ${seed}: ${table.name}: ${low} ${least} > ${high} ${most}`);
        }
      }
    }
    for (const row of [...rowsOf('presence'), ...rowsOf('presence-by-hour'), ...rowsOf('presence-by-kind')]) {
      const { presenceRate, presenceRateLow, presenceRateHigh, requiredS, coveredS, unknownS, uncoveredS } = row;
      const parts = Number(coveredS) + Number(unknownS) + Number(uncoveredS);
      if (!near(parts, Number(requiredS))) t.fail(`seed ${seed}: ${parts} of ${requiredS} s`);
      if (presenceRate === null) continue;
      rates += 1;
      const fits = Number(coveredS) <= Number(requiredS) - Number(unknownS);
      const isBetween =
        Number(presenceRateLow) <= Number(presenceRate) && Number(presenceRate) <= Number(presenceRateHigh);
      if (!fits || !isBetween) t.fail(`seed ${seed}: ${JSON.stringify(row)}`);
    }
    for (const place of rowsOf('presence')) {
      const own = rowsOf('presence-by-hour').filter((row) => row.place === place.place);
      for (const column of ['requiredS', 'coveredS', 'unknownS', 'uncoveredS']) {
        hours += 1;
        if (!near(sum(own, column), Number(place[column])))
          t.fail(`seed ${seed}: ${place.place}: the hours have ${sum(own, column)} of ${place[column]} ${column}`);
      }
    }
    for (const row of rowsOf('utilisation')) {
      if (row.dutyS === 0) continue;
      const shares = ['task', 'checkpoint', 'route', 'silent', 'standing', 'elsewhere'].map((name) =>
        Number(row[`${name}Share`]),
      );
      if (
        !near(
          shares.reduce((a, b) => a + b),
          1,
        )
      )
        t.fail(`seed ${seed}: ${row.unit}: shares ${shares.join(' + ')}`);
    }
    const visits = sum(rowsOf('visit-frequency'), 'visits');
    for (const column of ['visitsInner', 'visitsOuter'])
      if (sum(rowsOf('dwell'), column) !== visits || sum(rowsOf('dwell-by-place'), column) !== visits)
        t.fail(`seed ${seed}: not every visit is in one bin by ${column}`);
    t.equal(
      sum(rowsOf('alerts-by-hour'), 'raised') + sum(rowsOf('alerts'), 'suppressed'),
      sum(rowsOf('alerts'), 'raised'),
    );
  }
  t.ok(rates > 1_000 && ranges > 5_000 && hours > 1_000, `${rates} rates, ${ranges} bounds, ${hours} sums of hours`);
});

t.test('a week is the sum of its days', async (t) => {
  const days = await madeDays({ seed: 7, days: 7 });
  const rows = (chosen: typeof days): Row[] =>
    namedRows(makeReport('presence', periodOf(chosen)).tables.find(({ name }) => name === 'presence') as ReportTable);
  const week = rows(days);
  for (const [i, { place, ...total }] of week.entries())
    for (const column of ['requiredS', 'coveredS', 'unknownS', 'uncoveredS'])
      t.ok(
        near(
          sum(
            days.map((day) => rows([day])[i] ?? {}),
            column,
          ),
          Number(total[column]),
        ),
        `${place}: ${column}`,
      );
});
