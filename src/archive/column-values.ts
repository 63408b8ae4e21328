import { join } from 'node:path';
import { type Duck, quote } from './duck.js';
import { KeptOfFiles } from './kept-of-files.js';
import { PARTS_FOLDER } from './manifest.js';

/** What all rows of some files have in a column of whole numbers or flags: a number, 1 or 0 of a flag, or NULL. Of other columns it says nothing. */
export type ColumnValues = ReadonlyMap<string, number | null>;

/** Bytes of the values of one file, at about. */
const VALUES_BYTES = 2_000;
const ALL = '';

interface ValuesOfFile {
  readonly values: ColumnValues;
  readonly bytes: number;
}

/**
 * Which columns of a file have one value, as the statistics of its row groups say: they need not be read. Of a fleet whose trackers measure at whole
 * seconds and say nothing of their batteries these are ten of 24. Read once a file and kept as long as there is room.
 */
export class FileColumnValues {
  readonly #folder: string;
  readonly #kept = new KeptOfFiles<ValuesOfFile>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Columns that have the same value in all rows of all these files. Rejects with what DuckDB says. */
  async read(duck: Duck, files: readonly string[], signal?: AbortSignal): Promise<ColumnValues> {
    const ofFiles: ColumnValues[] = [];
    for (const file of files) ofFiles.push(await this.#valuesOf(duck, file, signal));
    const [first = new Map<string, null>(), ...others] = ofFiles;
    return new Map([...first].filter(([name, value]) => others.every((values) => values.get(name) === value)));
  }

  /** Forgets what is in other files: they were compacted away, or deleted. */
  keepOnly(files: ReadonlySet<string>): void {
    this.#kept.keepOnly(files);
  }

  async #valuesOf(duck: Duck, file: string, signal?: AbortSignal): Promise<ColumnValues> {
    const kept = this.#kept.get(file, ALL);
    if (kept !== undefined) return kept.values;
    const values = await readValues(duck, join(this.#folder, PARTS_FOLDER, file), signal);
    this.#kept.set(file, ALL, { values, bytes: VALUES_BYTES });
    return values;
  }
}

async function readValues(duck: Duck, path: string, signal?: AbortSignal): Promise<ColumnValues> {
  const values = new Map<string, number | null>();
  for await (const chunk of duck.chunks(selectValues(path), signal)) {
    const [names, texts] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
    for (let row = 0; row < chunk.rowCount; row += 1) {
      const value = numberOf(texts.getItem(row));
      if (value !== undefined) values.set(String(names.getItem(row)), value);
    }
  }
  return values;
}

/** A column is named when all its row groups have statistics that say the same of all their rows. */
function selectValues(path: string): string {
  return `SELECT path_in_schema, any_value(stats_min_value) FROM parquet_metadata(${quote(path)})
    WHERE type IN ('INT32', 'BOOLEAN')
    GROUP BY path_in_schema
    HAVING bool_and(coalesce(stats_null_count = num_values, false))
      OR (bool_and(coalesce(stats_null_count = 0 AND stats_min_value = stats_max_value, false)) AND count(DISTINCT stats_min_value) = 1)`;
}

/** As the statistics write it; undefined: not a whole number or a flag. */
function numberOf(text: unknown): number | null | undefined {
  if (text === null) return null;
  if (text === 'true' || text === 'false') return text === 'true' ? 1 : 0;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}
