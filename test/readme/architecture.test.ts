import { existsSync } from 'node:fs';
import t from 'tap';
import { projectPath, readProject } from './project.js';

const ARCHITECTURE = readProject('ARCHITECTURE.md');
const PROTOCOL_RULES =
  'C1 C2 C3 C5 L1 S1 S2 S3 A1–A4 R1 R2 F1 T1 T2 T3 E1 E2 E3 E4 E5 E6 D1 D2 V1 P1 Q1 Q2 O1 O2'.split(' ');

/** Rows of the table below a heading, without its head. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const section = ARCHITECTURE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** Titles as the sources write them: a seed may stand in one, and a quote may be escaped. */
function hasTitle(path: string, title: string): boolean {
  return readProject(path).includes(title);
}

for (const heading of ['Where each promise is tested', 'Where each protocol rule is tested']) {
  t.test(heading, async (t) => {
    const rows = rowsBelow(heading);
    t.ok(rows.length > 10, `${rows.length} rows`);
    for (const cells of rows) {
      const [test = '', title = ''] = cells.slice(-2);
      if (test === 'not tested yet') continue;
      const path = test.replaceAll('`', '');
      t.ok(existsSync(projectPath(path)) && hasTitle(path, title), `${path}: ${title}`);
    }
  });
}

t.test('every protocol rule is in the table', async (t) => {
  const named = new Set(rowsBelow('Where each protocol rule is tested').map(([rule]) => rule));
  for (const rule of PROTOCOL_RULES) t.ok(named.has(rule), rule);
});
