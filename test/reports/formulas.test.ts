import t from 'tap';
import { namedRows } from '../../src/reports/page/named-rows.js';
import { periodOf } from '../../src/reports/period-of.js';
import { makeReport, REPORT_NAMES } from '../../src/reports/report.js';
import { FORMULAS } from './formulas.js';
import { WORKED_DAY } from './worked-day.js';

t.test('each example of the manual is what the code computes', async (t) => {
  const period = periodOf([WORKED_DAY]);
  const tables = REPORT_NAMES.flatMap((name) =>
    makeReport(name, period).tables.map((table) => ({ report: name, table })),
  );
  for (const { report, table: name, columns, gives } of FORMULAS) {
    const found = tables.find((one) => one.report === report && one.table.name === name);
    const row = found === undefined ? undefined : namedRows(found.table)[0];
    t.strictSame(
      columns.map((column) => row?.[column]),
      gives,
      `${report}: ${name}: ${columns.join(', ')}`,
    );
  }
});

t.test('every report has an example', async (t) => {
  t.strictSame([...new Set(FORMULAS.map(({ report }) => report))].sort(), [...REPORT_NAMES].sort());
});
