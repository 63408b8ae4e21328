import { setImmediate as nextRound } from 'node:timers/promises';
import { flagOf, SHAPE } from '../model/fix-shape.js';
import type { FixQuery, LoggedFix } from '../log/fix-history.js';
import { CLOCK_AHEAD_MS } from '../model/limits.js';
import type { LogId } from '../model/log-id.js';
import { BlockLayout, EVENT_COLUMN, LOG_COLUMN, OTHER_COLUMNS, POSITION_COLUMNS } from './block-layout.js';
import type { ChunkRows } from './chunk-rows.js';
import { PackedColumn } from './packed-column.js';
import { SaidColumns } from './said-columns.js';
import { readFloat64, readInt32 } from './vectors.js';

/** Bytes of a block beside its columns, at about. */
const BLOCK_BYTES = 4_000;
const NOTHING_MORE = new SaidColumns([], [], new BlockLayout('position', new Map()));
/** Rows of a block that are packed in one turn of the event loop. */
const ROWS_A_ROUND = 2_048;

/** Where the rows of a block stand in the log. */
interface PlaceColumns {
  readonly rows: number;
  readonly eventMs: PackedColumn;
  readonly logMs: PackedColumn;
  readonly logSeq: PackedColumn;
  readonly place: PackedColumn;
  readonly ordinal: PackedColumn;
}

function placesOf(rows: readonly ChunkRows[], layout: BlockLayout): PlaceColumns {
  const times = (column: number): PackedColumn =>
    PackedColumn.of(rows.map(({ chunk, from, to }) => readFloat64(chunk, column).subarray(from, to)));
  const numbers = (name: 'log_seq' | 'place' | 'ordinal'): PackedColumn => {
    const found = layout.find(name);
    return 'index' in found
      ? PackedColumn.of(rows.map(({ chunk, from, to }) => readInt32(chunk, found.index).subarray(from, to)))
      : PackedColumn.same(found.value ?? 0);
  };
  return {
    rows: rows.reduce((sum, { from, to }) => sum + to - from, 0),
    eventMs: times(EVENT_COLUMN),
    logMs: times(LOG_COLUMN),
    logSeq: numbers('log_seq'),
    place: numbers('place'),
    ordinal: numbers('ordinal'),
  };
}

/** The fixes of one tracker in one file, by event time, log id, place and ordinal. It never changes. */
export class FixBlock {
  readonly rows: number;
  readonly #detail: FixQuery['detail'];
  readonly #eventMs: PackedColumn;
  readonly #logMs: PackedColumn;
  readonly #logSeq: PackedColumn;
  readonly #place: PackedColumn;
  readonly #ordinal: PackedColumn;
  readonly #position: SaidColumns;
  readonly #others: SaidColumns;

  private constructor(detail: FixQuery['detail'], places: PlaceColumns, position: SaidColumns, others: SaidColumns) {
    this.rows = places.rows;
    this.#detail = detail;
    this.#eventMs = places.eventMs;
    this.#logMs = places.logMs;
    this.#logSeq = places.logSeq;
    this.#place = places.place;
    this.#ordinal = places.ordinal;
    this.#position = position;
    this.#others = others;
  }

  /**
   * Packs a block; the event loop goes round in between when there are many rows.
   *
   * @param rows of chunks with what the layout selects; all rows of the tracker in the file, in its order
   */
  static async of(rows: readonly ChunkRows[], layout: BlockLayout): Promise<FixBlock> {
    const { detail } = layout;
    const places = placesOf(rows, layout);
    const pause = places.rows < ROWS_A_ROUND ? async () => undefined : () => nextRound();
    await pause();
    const position = new SaidColumns(rows, POSITION_COLUMNS, layout);
    await pause();
    const others = detail === 'whole' ? new SaidColumns(rows, OTHER_COLUMNS, layout) : NOTHING_MORE;
    return new FixBlock(detail, places, position, others);
  }

  get bytes(): number {
    const places = [this.#eventMs, this.#logMs, this.#logSeq, this.#place, this.#ordinal];
    return [...places, this.#position, this.#others].reduce((sum, { bytes }) => sum + bytes, BLOCK_BYTES);
  }

  /** Whether it has what a question asks for. */
  has(detail: FixQuery['detail']): boolean {
    return detail === 'position' || this.#detail === 'whole';
  }

  /** The first row at or after an event time; `rows` when there is none. */
  firstFrom(eventMs: number): number {
    let [low, high] = [0, this.rows];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#eventMs.at(middle) < eventMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  eventMs(row: number): number {
    return this.#eventMs.at(row);
  }

  /** Whether a row was logged up to an entry, by a clock that was not ahead. */
  isWanted(row: number, upTo: LogId): boolean {
    const logMs = this.#logMs.at(row);
    if (logMs > upTo.ms || (logMs === upTo.ms && this.#logSeq.at(row) > upTo.seq)) return false;
    return this.#eventMs.at(row) <= logMs + CLOCK_AHEAD_MS;
  }

  /** A row as a reading has it; the block has that detail. */
  logged(row: number, stretch: number, detail: FixQuery['detail']): LoggedFix {
    const [position, others] = [this.#position, detail === 'whole' ? this.#others : NOTHING_MORE];
    const [shape, more] = [position.shape(row), others.shape(row)];
    const [lngE7, latE7] = [position.number(row, shape, 0), position.number(row, shape, 1)];
    return {
      stretch,
      logId: { ms: this.#logMs.at(row), seq: this.#logSeq.at(row) },
      place: this.#place.at(row),
      ordinal: this.#ordinal.at(row),
      fix: {
        eventTimeMs: this.#eventMs.at(row),
        position: lngE7 === null || latE7 === null ? null : { lngE7, latE7 },
        altitudeDm: others.number(row, more, 2),
        speedCmps: others.number(row, more, 3),
        courseCdeg: others.number(row, more, 4),
        located: flagOf(shape, SHAPE.located),
        satellites: position.number(row, shape, 5),
        beidouSatellites: others.number(row, more, 6),
        hdopCenti: position.number(row, shape, 7),
        accuracyDm: position.number(row, shape, 8),
        power: flagOf(more, SHAPE.power),
        batteryPercent: others.number(row, more, 9),
        ignition: flagOf(more, SHAPE.ignition),
        lightbar: flagOf(more, SHAPE.lightbar),
        sos: flagOf(more, SHAPE.sos),
        backfill: flagOf(more, SHAPE.backfill),
      },
    };
  }
}
