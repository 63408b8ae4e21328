import { Type } from '@fastify/type-provider-typebox';
import { formatLogId, type LogId, parseLogId } from '../model/log-id.js';

/** Where a page ends that is sorted by time and then by place in the log: everything up to there was told. */
export interface LogPlace {
  readonly atMs: number;
  readonly logId: LogId;
  readonly ordinal: number;
}

/** `after` of the next page's query. */
export const PlaceText = Type.String({
  pattern: '^\\d{1,16}\\.\\d{1,16}-\\d{1,16}\\.\\d{1,9}$',
  'x-expected': 'the `next` of the page before',
  description: '`next` of the page before.',
});

export function placeText({ atMs, logId, ordinal }: LogPlace): string {
  return `${atMs}.${formatLogId(logId)}.${ordinal}`;
}

export function placeOf(text: string): LogPlace {
  const [atMs = '', logId = '', ordinal = ''] = text.split('.');
  return { atMs: Number(atMs), logId: parseLogId(logId), ordinal: Number(ordinal) };
}
