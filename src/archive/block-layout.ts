import type { FixQuery } from '../log/fix-history.js';
import type { ColumnValues } from './column-values.js';

/** What says where a fix was, and how surely: columns of `fixes`. */
export const POSITION_COLUMNS = ['lng_e7', 'lat_e7', 'located', 'satellites', 'hdop_centi', 'accuracy_dm'] as const;
/** What a fix says beside it. */
export const OTHER_COLUMNS = [
  'altitude_dm',
  'speed_cmps',
  'course_cdeg',
  'beidou_satellites',
  'power',
  'battery_percent',
  'ignition',
  'lightbar',
  'sos',
  'backfill',
] as const;

/** Columns of `fixes` that a block has as they are; NULL only in those of what a fix says. */
export type BlockColumn =
  | 'log_seq'
  | 'place'
  | 'ordinal'
  | (typeof POSITION_COLUMNS)[number]
  | (typeof OTHER_COLUMNS)[number];

/** An instant of a row of `fixes AS f`, ms since 1970; milliseconds that are the same in all rows are not read. */
export function instantOf(which: 'event' | 'log', values: ColumnValues = new Map()): string {
  return `(epoch_ms(f.${which}_time) + ${values.get(`${which}_milli`) ?? `f.${which}_milli`})`;
}

/** Columns that stand first in each chunk. */
const FIRST = ['f.file_index::INTEGER', 'f.file_row_number::INTEGER'] as const;
export const [FILE_COLUMN, ROW_COLUMN, EVENT_COLUMN, LOG_COLUMN] = [0, 1, 2, 3] as const;

/** Which columns a statement for blocks selects, and what its files hold in those that it need not read. */
export class BlockLayout {
  readonly detail: FixQuery['detail'];
  /** What a statement over `read_parquet(…) AS f` selects. */
  readonly selected: readonly string[];
  readonly #values: ColumnValues;
  readonly #indexes: ReadonlyMap<string, number>;

  /** @param values what all rows of the files of the statement have */
  constructor(detail: FixQuery['detail'], values: ColumnValues) {
    const said = detail === 'whole' ? [...POSITION_COLUMNS, ...OTHER_COLUMNS] : POSITION_COLUMNS;
    const names: readonly BlockColumn[] = ['log_seq', 'place', 'ordinal', ...said];
    const read = names.filter((name) => !values.has(name));
    const instants = [instantOf('event', values), instantOf('log', values)].map((instant) => `${instant}::DOUBLE`);
    this.detail = detail;
    this.selected = [...FIRST, ...instants, ...read.map((name) => `f.${name}`)];
    this.#values = values;
    this.#indexes = new Map(read.map((name, i) => [name, FIRST.length + instants.length + i]));
  }

  /** Where a column stands in a chunk, or what all rows have. */
  find(name: BlockColumn): { readonly index: number } | { readonly value: number | null } {
    const index = this.#indexes.get(name);
    return index === undefined ? { value: this.#values.get(name) ?? null } : { index };
  }
}
