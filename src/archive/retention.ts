import { parseLogId } from '../model/log-id.js';
import { currentLines, type PublishedLine } from './manifest.js';
import {
  type Deletion,
  type FileTable,
  type Hold,
  type ManifestLine,
  RETAINED_KINDS,
  RETAINED_TABLES,
  type RetainedKind,
} from './manifest-line.js';

/** How long each kind is kept, ms of log time; null: for ever. */
export type Retention = Readonly<Record<RetainedKind, number | null>>;

/** A line that says something of an archive. */
export type ArchiveNote =
  | { readonly kind: 'deletion'; readonly deletion: Deletion }
  | (Required<Pick<ManifestLine, 'hold'>> & { readonly kind: 'hold' })
  | (Required<Pick<ManifestLine, 'release'>> & { readonly kind: 'release' });

/** Whatever is younger stays: its day may not be one part yet. */
export const LEAST_KEPT_MS = 2 * 86_400_000;

/** The next deletion that the rules ask for; null: there is none. Holds are obeyed, and nothing is named twice. */
export function dueForDeletion(lines: readonly PublishedLine[], retention: Retention): Deletion | null {
  const nowMs = lines.findLast(({ line }) => line.kind === 'flush')?.line.logTime.toMs ?? 0;
  const holds = holdsIn(lines);
  for (const kind of RETAINED_KINDS) {
    const keepMs = retention[kind];
    if (keepMs === null) continue;
    const old = currentLines(lines).filter(({ line }) => isOld(line, nowMs, keepMs) && !isHeld(line, kind, holds));
    const parts = old.map(({ line }) => ({ line: line.line, files: filesOf(line, kind) }));
    const some = parts.filter(({ files }) => files.length > 0);
    if (some.length > 0) return { kind, keepMs, parts: some };
  }
  return null;
}

/** Holds that stand after some lines. */
export function holdsIn(lines: readonly PublishedLine[]): readonly Hold[] {
  const holds = new Map<string, Hold>();
  for (const { line } of lines) {
    if (line.hold !== undefined) holds.set(line.hold.holdId, line.hold);
    if (line.release !== undefined) holds.delete(line.release.holdId);
  }
  return [...holds.values()];
}

/** What is wrong with a line that says something of the archive, in words; null: it is as it must be. */
export function faultOfNote(line: ManifestLine, before: readonly PublishedLine[]): string | null {
  const last = before.findLast((one) => one.line.kind === 'flush')?.line;
  const { after, upTo } = line.log;
  if (after !== upTo || upTo !== last?.log.upTo || line.chain.to !== last.chain.to || line.files.length > 0)
    return `got a place after ${after}, expected where the archive ended: ${last?.log.upTo ?? 'nowhere'}`;
  if (line.deletion !== undefined) return faultOfDeletion(line.deletion, last.logTime.toMs, before);
  const known = holdsIn(before).some(({ holdId }) => holdId === (line.hold ?? line.release)?.holdId);
  if (line.hold !== undefined && known) return `got the hold ${line.hold.holdId} once more, expected a new one`;
  if (line.release !== undefined && !known)
    return `got a release of ${line.release.holdId}, expected a hold that stands`;
  return null;
}

/** A lawful deletion names files of its kind, of parts that are old enough and not held. */
function faultOfDeletion(
  { kind, keepMs, parts }: Deletion,
  nowMs: number,
  before: readonly PublishedLine[],
): string | null {
  if (keepMs < LEAST_KEPT_MS) return `got a rule that keeps ${keepMs} ms, expected at least ${LEAST_KEPT_MS}`;
  const holds = holdsIn(before);
  const current = new Map(currentLines(before).map(({ line }) => [line.line, line]));
  for (const { line: number, files } of parts) {
    const line = current.get(number);
    if (line === undefined) return `got files of line ${number}, expected those of a part that was read`;
    if (!isOld(line, nowMs, keepMs))
      return `got files of line ${number}, expected those of parts older than ${keepMs} ms`;
    if (isHeld(line, kind, holds)) return `got files of line ${number}, which was held`;
    const own = new Set(filesOf(line, kind));
    const foreign = files.find((name) => !own.has(name));
    if (foreign !== undefined) return `got the file ${foreign}, expected files of ${kind} of line ${number}`;
  }
  return null;
}

function isOld({ logTime, log }: ManifestLine, nowMs: number, keepMs: number): boolean {
  // Ids of a log that was resumed are ahead of its time: neither may be young.
  return Math.max(logTime.toMs, parseLogId(log.upTo).ms) <= nowMs - keepMs;
}

/** Whether rows of a kind are of a span that is held: by the time of the log, or by the time that they are about. */
function isHeld({ logTime, eventTime, versions }: ManifestLine, kind: RetainedKind, holds: readonly Hold[]): boolean {
  const about = { fixes: eventTime, visits: versions?.visits.times, alerts: versions?.alerts.times, entries: null }[
    kind
  ];
  return holds.some((hold) =>
    [logTime, about].some((span) => !!span && span.fromMs < hold.toMs && span.toMs >= hold.fromMs),
  );
}

function filesOf({ files }: ManifestLine, kind: RetainedKind): readonly string[] {
  const tables: readonly FileTable[] = RETAINED_TABLES[kind];
  return files.filter(({ table }) => tables.includes(table)).map(({ name }) => name);
}
