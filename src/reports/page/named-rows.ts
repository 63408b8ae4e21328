import type { Cell, ReportTable } from '../table.js';

/** The rows of a table by the names of its columns. */
export function namedRows({ columns, rows }: ReportTable): Readonly<Record<string, Cell>>[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));
}
