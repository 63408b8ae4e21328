import type { Names } from '../model/plan.js';

/**
 * What a cell holds. `id`: an id. `text`: words. `code`: one of the column's codes. `count`: a whole number. `number`: any number. `share`: 0 to 1, or
 * above where it says so. `seconds`, `minutes`: a length of time. `instant`: milliseconds since the Unix epoch, UTC. `hour`: 0 to 23, local.
 */
export type CellKind =
  | 'id'
  | 'text'
  | 'code'
  | 'count'
  | 'number'
  | 'share'
  | 'seconds'
  | 'minutes'
  | 'instant'
  | 'hour';
/** Null: there is no such number, as where nothing was required or nobody was measured. */
export type Cell = string | number | null;

export interface ReportColumn {
  /** As JSON, CSV and XLSX name it; its unit is last in the name. */
  readonly name: string;
  readonly kind: CellKind;
  readonly title: Names;
  /** Words for the codes of a `code`. */
  readonly codes?: Readonly<Record<string, Names>>;
  /** The printed page shows the column only in this language, or not at all; absent: in both. */
  readonly page?: 'zh' | 'en' | 'none';
  /** This column and the next are the least and the most of something: the page shows them as one, with this title. */
  readonly range?: Names;
}

export interface ReportTable {
  readonly name: string;
  readonly title: Names;
  readonly columns: readonly ReportColumn[];
  /** As many cells as there are columns. */
  readonly rows: readonly (readonly Cell[])[];
}

/** A column, and how its cell is found in what a row is made of. */
export interface Field<Row> extends ReportColumn {
  readonly of: (row: Row) => Cell;
}

export function tableOf<Row>(
  name: string,
  title: Names,
  fields: readonly Field<Row>[],
  rows: readonly Row[],
): ReportTable {
  return {
    name,
    title,
    columns: fields.map(({ of: _, ...column }) => column),
    rows: rows.map((row) => fields.map((field) => rounded(field.kind, field.of(row)))),
  };
}

/** Two columns: the least and the most that something can have been. */
export function bounds<Row>(
  name: { readonly low: string; readonly high: string },
  kind: CellKind,
  title: Names,
  of: (row: Row) => readonly [low: Cell, high: Cell],
): [Field<Row>, Field<Row>] {
  return [
    {
      name: name.low,
      kind,
      title: { zh: `${title.zh}（至少）`, en: `${title.en}, at least` },
      range: title,
      of: (row) => of(row)[0],
    },
    {
      name: name.high,
      kind,
      title: { zh: `${title.zh}（至多）`, en: `${title.en}, at most` },
      of: (row) => of(row)[1],
    },
  ];
}

/** Milliseconds as seconds. */
export function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}

/** Milliseconds as minutes. */
export function minutes(ms: number | null): number | null {
  return ms === null ? null : ms / 60_000;
}

/** Digits after the point, by kind. Rounding keeps the order of bounds. */
const DIGITS: Readonly<Partial<Record<CellKind, number>>> = { share: 4, number: 3, seconds: 3, minutes: 3 };

function rounded(kind: CellKind, cell: Cell): Cell {
  const digits = DIGITS[kind];
  if (typeof cell !== 'number' || digits === undefined) return cell;
  const scale = 10 ** digits;
  return Math.round(cell * scale) / scale;
}
