import { BeatwatchError, messageOf } from '../model/errors.js';
import type { Cursor, SnapshotPointer } from '../model/hot.js';
import { formatLogId, parseLogId } from '../model/log-id.js';

interface CursorJson {
  readonly logId: string;
  readonly foldVersion: number;
  readonly lastAlert: number;
  readonly lastVisit: number;
}

/** Equal cursors have equal text: the commit script compares texts. */
export function cursorText(cursor: Cursor | null): string {
  return cursor === null ? '' : JSON.stringify(cursorJson(cursor));
}

export function parseCursor(text: string | null): Cursor | null {
  return text === null || text === '' ? null : cursorOf(parseHot<CursorJson>('cursor', text));
}

export function pointerText(pointer: SnapshotPointer): string {
  return JSON.stringify({ ...pointer, cursor: cursorJson(pointer.cursor) });
}

export function parsePointer(text: string): SnapshotPointer {
  const { cursor, ...rest } = parseHot<Omit<SnapshotPointer, 'cursor'> & { cursor: CursorJson }>('snapshot', text);
  return { ...rest, cursor: cursorOf(cursor) };
}

/** A value that Beatwatch wrote; code `hot-corrupt` when somebody else did. */
export function parseHot<Value>(what: string, text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch (error) {
    const message = `${what}: got ${JSON.stringify(text.slice(0, 80))} (${messageOf(error)}), expected JSON of Beatwatch's own`;
    throw new BeatwatchError('hot-corrupt', message, { what });
  }
}

function cursorJson({ logId, foldVersion, lastAlert, lastVisit }: Cursor): CursorJson {
  return { logId: formatLogId(logId), foldVersion, lastAlert, lastVisit };
}

function cursorOf({ logId, foldVersion, lastAlert, lastVisit }: CursorJson): Cursor {
  return { logId: parseLogId(logId), foldVersion, lastAlert, lastVisit };
}
