import { setImmediate as nextRound } from 'node:timers/promises';
import { compareLogged, type FixQuery, type LoggedFix } from '../log/fix-history.js';
import type { LogId } from '../model/log-id.js';
import type { ArchiveFolder } from './archive-folder.js';
import type { FixBlock } from './fix-block.js';
import { loggedFixesOf, selectFixes } from './fix-rows.js';
import { estimateFixes, type FixSlice, type PartFile, type SliceStretch, spanOf } from './read-plan.js';

/** A slice is read by blocks if these have at most so many rows, by what the manifest says. */
const MAX_BLOCK_ROWS = 200_000;
/** A slice is read by blocks if these have at most so many times the rows that it asks for, and FEW_ROWS, which cost little. */
const ROWS_READ_PER_ROW = 16;
const FEW_ROWS = 20_000;
/** Rows that are handed on at once. */
const ROWS_AT_ONCE = 512;
/** Rows that are looked at until the event loop goes round: who reads makes more of each, and 4,096 of a question about an area took 30 ms. */
const ROWS_A_ROUND = 1_024;

export interface SliceReading {
  readonly archive: ArchiveFolder;
  /** The files that have rows of the slice, at least one. */
  readonly parts: readonly PartFile[];
  readonly slice: FixSlice;
  readonly query: FixQuery;
  /** Copies logged after this entry are left out. */
  readonly upTo: LogId;
}

/**
 * The rows of a slice, in the order of a reading. What asks for much of a few trackers' days is read by whole blocks, which are kept for the next
 * question; what asks for little of many is read by a statement.
 */
export async function* readFiles(
  reading: SliceReading,
  blockRows = MAX_BLOCK_ROWS,
): AsyncGenerator<readonly LoggedFix[]> {
  const { archive, parts, slice, query, upTo } = reading;
  const files = parts.map(({ file }) => file.name);
  const duck = await archive.reader();
  if (isWorthBlocks(reading, blockRows)) {
    const trackers = [...new Set(slice.map(({ tracker }) => tracker))];
    const blocks = await archive.blocks.read(
      duck,
      { files, trackers, ...spanOf(slice), detail: query.detail },
      query.signal,
    );
    if (blocks !== null) return yield* readBlocks(blocks, reading);
  }
  const statement = selectFixes({ folder: archive.folder, files, slice, query, upTo });
  for await (const chunk of duck.chunks(statement, query.signal)) yield loggedFixesOf(chunk);
}

function isWorthBlocks({ parts, slice, query: { trackers } }: SliceReading, blockRows: number): boolean {
  const asked = estimateFixes(parts, slice, trackers).rows;
  const inFiles = parts.reduce((sum, { file }) => sum + file.rows, 0);
  const read = (inFiles * new Set(slice.map(({ tracker }) => tracker)).size) / Math.max(1, trackers);
  return read <= Math.min(blockRows, FEW_ROWS + ROWS_READ_PER_ROW * asked);
}

/** Rows `[from, to)` of a block. */
interface Run {
  readonly block: FixBlock;
  readonly from: number;
  readonly to: number;
}

async function* readBlocks(
  blocks: ReadonlyMap<string, readonly FixBlock[]>,
  { slice, query, upTo }: SliceReading,
): AsyncGenerator<readonly LoggedFix[]> {
  let [batch, looked]: [LoggedFix[], number] = [[], 0];
  for (const stretch of slice) {
    const runs = runsOf(blocks.get(stretch.tracker) ?? [], stretch);
    const isMixed = !followEachOther(runs);
    // Rows of one stretch that must be sorted are handed on at its end.
    const unsorted: LoggedFix[] = [];
    for (const { block, from, to } of runs) {
      for (let row = from; row < to; row += 1) {
        looked += 1;
        if (block.isWanted(row, upTo))
          (isMixed ? unsorted : batch).push(block.logged(row, stretch.index, query.detail));
        if (batch.length >= ROWS_AT_ONCE) {
          yield batch;
          batch = [];
        }
        if (looked % ROWS_A_ROUND === 0) await nextRound();
      }
    }
    for (const row of unsorted.sort(compareLogged)) batch.push(row);
  }
  if (batch.length > 0) yield batch;
}

function runsOf(blocks: readonly FixBlock[], { fromMs, toMs }: SliceStretch): readonly Run[] {
  return blocks
    .map((block) => ({ block, from: block.firstFrom(fromMs), to: block.firstFrom(toMs) }))
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.block.eventMs(a.from) - b.block.eventMs(b.from));
}

/** Whether each run ends before the next one begins. */
function followEachOther(runs: readonly Run[]): boolean {
  return runs.every(({ block, to }, i) => {
    const next = runs[i + 1];
    return next === undefined || block.eventMs(to - 1) < next.block.eventMs(next.from);
  });
}
