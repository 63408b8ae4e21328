/** A Redis stream id, `<ms>-<seq>`: the log's time and an ordinal within the millisecond. */
export interface LogId {
  readonly ms: number;
  readonly seq: number;
}

/** Before every entry. */
export const LOG_START: LogId = { ms: 0, seq: 0 };

export function formatLogId(id: LogId): string {
  return `${id.ms}-${id.seq}`;
}

const LOG_ID = /^(\d{1,16})-(\d{1,16})$/;

export function isLogId(text: string): boolean {
  return LOG_ID.test(text);
}

/** Parses `<ms>-<seq>`; throws on anything else. */
export function parseLogId(text: string): LogId {
  const match = LOG_ID.exec(text);
  if (match === null) throw new Error(`log id: got ${JSON.stringify(text)}, expected <ms>-<seq>`);
  return { ms: Number(match[1]), seq: Number(match[2]) };
}

/** Negative when a is before b. */
export function compareLogIds(a: LogId, b: LogId): number {
  return a.ms - b.ms || a.seq - b.seq;
}
