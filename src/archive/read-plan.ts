import type { FixEstimate, FixStretch, LogTimes } from '../log/fix-history.js';
import type { DeletedVersions } from '../log/version-history.js';
import type { CurrentLine } from './manifest.js';
import type { ArchiveFile, ManifestLine, TimeSpan, VersionTable } from './manifest-line.js';

/** Rows of one slice at about: what DuckDB sorts at once. */
export const SLICE_ROWS = 50_000;

/** A stretch, or a part of it, that a slice reads. */
export interface SliceStretch extends FixStretch {
  /** Index into the stretches of the query. */
  readonly index: number;
}

/** What one statement reads: stretches that follow each other in the order of the rows. */
export type FixSlice = readonly SliceStretch[];

/** One file of fixes, with what its manifest line says of it. */
export interface PartFile {
  readonly file: ArchiveFile;
  /** Event times `[fromMs, toMs]` of its fixes. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** The files of fixes of the current lines; a part that only has fixes of clocks that were ahead is none. */
export function partFiles(lines: readonly ManifestLine[]): readonly PartFile[] {
  return lines.flatMap(({ files, eventTime }) => {
    const file = files.find(({ table }) => table === 'fixes');
    return file === undefined || eventTime === null ? [] : [{ file, ...eventTime }];
  });
}

/** The log times of parts whose fixes were deleted, if these may have been of some stretches; parts that follow each other are one. */
export function deletedTimes(lines: readonly CurrentLine[], stretches: readonly FixStretch[]): readonly LogTimes[] {
  return runsOf(
    lines,
    ({ line: { eventTime, gone } }) =>
      eventTime !== null && gone.has('fixes') && stretches.some((one) => overlapShare(eventTime, one) > 0),
  ).map(logTimesOf);
}

/** The log times of parts whose versions of one stream were deleted, and when, if these may have touched event times `[fromMs, toMs)`. */
export function deletedVersionTimes(
  lines: readonly CurrentLine[],
  table: VersionTable,
  range: { readonly fromMs: number; readonly toMs: number },
): readonly DeletedVersions[] {
  return runsOf(lines, ({ line: { versions, gone } }) => {
    const times = versions?.[table].times ?? null;
    return times !== null && gone.has(table) && overlapShare(times, range) > 0;
  }).map((run) => ({ ...logTimesOf(run), deletedAtMs: Math.max(...run.map(({ line }) => line.gone.get(table) ?? 0)) }));
}

/** Lines that follow each other, at least one. */
type Run = readonly [CurrentLine, ...CurrentLine[]];

function runsOf(lines: readonly CurrentLine[], is: (line: CurrentLine) => boolean): readonly Run[] {
  const runs: [CurrentLine, ...CurrentLine[]][] = [];
  let goesOn = false;
  for (const line of lines) {
    const isOne = is(line);
    if (isOne && goesOn) runs.at(-1)?.push(line);
    else if (isOne) runs.push([line]);
    goesOn = isOne;
  }
  return runs;
}

function logTimesOf(run: Run): LogTimes {
  return { fromMs: run[0].line.logTime.fromMs, toMs: (run.at(-1) ?? run[0]).line.logTime.toMs + 1 };
}

/** The files that may hold fixes of event times `[fromMs, toMs)`. */
export function filesOf(
  parts: readonly PartFile[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): readonly PartFile[] {
  return parts.filter((part) => part.toMs >= fromMs && part.fromMs < toMs);
}

/** Event times `[fromMs, toMs)` of a slice. */
export function spanOf(slice: readonly FixStretch[]): { readonly fromMs: number; readonly toMs: number } {
  return slice.reduce(
    (span, { fromMs, toMs }) => ({ fromMs: Math.min(span.fromMs, fromMs), toMs: Math.max(span.toMs, toMs) }),
    { fromMs: Number.MAX_SAFE_INTEGER, toMs: 0 },
  );
}

/** What the archive holds of some stretches at about: each file's fixes spread evenly over its time and over `trackers`. */
export function estimateFixes(
  parts: readonly PartFile[],
  stretches: readonly FixStretch[],
  trackers: number,
): FixEstimate {
  let [rows, bytes] = [0, 0];
  let [last, own]: [FixStretch | null, FixEstimate] = [null, { rows: 0, bytes: 0 }];
  for (const stretch of stretches) {
    // Most questions are about the same times of thousands of units, and a year has hundreds of parts.
    if (last?.fromMs !== stretch.fromMs || last.toMs !== stretch.toMs) own = estimateOne(parts, stretch, trackers);
    last = stretch;
    rows += own.rows;
    bytes += own.bytes;
  }
  return { rows: Math.ceil(rows), bytes: Math.ceil(bytes) };
}

function estimateOne(parts: readonly PartFile[], stretch: FixStretch, trackers: number): FixEstimate {
  let [rows, bytes] = [0, 0];
  for (const part of parts) {
    const share = overlapShare(part, stretch) / Math.max(1, trackers);
    rows += part.file.rows * share;
    bytes += part.file.bytes * share;
  }
  return { rows, bytes };
}

function overlapShare(part: TimeSpan, { fromMs, toMs }: LogTimes): number {
  const lengthMs = part.toMs - part.fromMs + 1;
  return Math.max(0, Math.min(part.toMs + 1, toMs) - Math.max(part.fromMs, fromMs)) / lengthMs;
}

interface SliceOptions {
  /** SLICE_ROWS unless given. */
  readonly sliceRows?: number;
  /** Indexes of stretches that are in no slice. */
  readonly without?: ReadonlySet<number>;
}

/**
 * Cuts stretches into slices of about SLICE_ROWS rows by what the manifest says: short stretches go together, a long one is cut by
 * time. One slice after the other is all rows in their order. It depends on nothing but its arguments.
 */
export function slicesOf(
  parts: readonly PartFile[],
  stretches: readonly FixStretch[],
  trackers: number,
  { sliceRows = SLICE_ROWS, without }: SliceOptions = {},
): readonly FixSlice[] {
  const slices: SliceStretch[][] = [];
  let room = 0;
  for (const [index, stretch] of stretches.entries()) {
    if (without?.has(index) === true) continue;
    const pieces = piecesOf(parts, stretch, trackers, sliceRows);
    for (const { fromMs, toMs, rows } of pieces) {
      const piece = { index, tracker: stretch.tracker, fromMs, toMs };
      const last = slices.at(-1);
      if (last === undefined || pieces.length > 1 || rows > room) {
        slices.push([piece]);
        // Pieces of one stretch share no slice: each would read the files of the other.
        room = pieces.length > 1 ? 0 : sliceRows - rows;
      } else {
        last.push(piece);
        room -= rows;
      }
    }
  }
  return slices;
}

function piecesOf(
  parts: readonly PartFile[],
  stretch: FixStretch,
  trackers: number,
  sliceRows: number,
): readonly { readonly fromMs: number; readonly toMs: number; readonly rows: number }[] {
  const { rows } = estimateFixes(parts, [stretch], trackers);
  const count = Math.max(1, Math.ceil(rows / sliceRows));
  const lengthMs = stretch.toMs - stretch.fromMs;
  const at = (i: number): number => stretch.fromMs + Math.floor((lengthMs * i) / count);
  return Array.from({ length: count }, (_, i) => ({ fromMs: at(i), toMs: at(i + 1), rows: rows / count }));
}
