import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Custody } from '../formats/custody.js';
import { exportFileName, type FormatName, FORMATS, formatsOf, type RecordKind } from '../formats/formats.js';
import type { RowsOfKind } from '../formats/record-columns.js';
import { writeRecords } from '../formats/write-records.js';
import { againWhenMoved } from '../log/again-when-moved.js';
import { formatLogId } from '../model/log-id.js';
import { MAX_QUERY_ROWS, type QueryFacts } from '../traces/query.js';
import { noteRead, purposeOf } from './access-record.js';
import { identityOf, routeOf } from './context.js';
import type { ApiDistrict } from './deps.js';
import { apiError } from './errors.js';
import { MAX_PAGE } from './limits.js';
import type { QueryTurns } from './query-turns.js';
import { readDistrict } from './read-state.js';
import { requestInvalid } from './validation.js';

/** What a page says about itself. */
export function factsAnswer({ fromMs, toMs, upTo, estimate, missing }: QueryFacts) {
  const limits = { rowsPerPage: MAX_PAGE, rowsPerQuery: MAX_QUERY_ROWS };
  return { fromMs, toMs, upTo: formatLogId(upTo), estimate, missing, limits };
}

/** The format that a request asks for, by `format` or by the media types of `Accept`; null: a JSON page. */
export function formatOf(request: FastifyRequest, kind: RecordKind): FormatName | null {
  const { format } = request.query as { readonly format?: FormatName };
  const carried = formatsOf(kind);
  if (format !== undefined) {
    if (carried.includes(format)) return format;
    throw requestInvalid([{ path: 'query/format', got: format, expected: `one of ${carried.join(', ')}` }]);
  }
  const accepted = (request.headers.accept ?? '').split(',').map((type) => mediaType(type));
  if (accepted.includes('application/json')) return null;
  return carried.find((name) => accepted.includes(mediaType(FORMATS[name].mediaType))) ?? null;
}

function mediaType(text: string): string {
  return (text.split(';')[0] ?? '').trim().toLowerCase();
}

/** What one query runs with: its turn, and the signal that ends it. */
export interface QueryRun {
  readonly signal: AbortSignal;
}

/**
 * Runs a query that answers at once, in its turn; again when the record changed beneath it. Codes: `too-many-searches`, `query-timeout`, and those of the query.
 */
export async function runQuery<Result>(
  request: FastifyRequest,
  district: ApiDistrict,
  turns: QueryTurns,
  query: (run: QueryRun) => Promise<Result>,
): Promise<Result> {
  const giveBack = turns.take(identityOf(request).tokenId);
  const { signal, forget } = endOf(request, turns.pageMs);
  try {
    return await readDistrict(district, () =>
      againWhenMoved(() => query({ signal })).catch((error: unknown) => failed(error, signal, turns.pageMs)),
    );
  } finally {
    forget();
    giveBack();
  }
}

export interface StreamedRecords<Kind extends RecordKind> {
  readonly facts: QueryFacts;
  readonly rows: AsyncIterable<RowsOfKind[Kind]>;
  /** Where a row lies, for GeoJSON; null: nowhere. */
  readonly geometryOf?: (row: RowsOfKind[Kind]) => object | null;
}

/**
 * Answers with a file of all rows. They are read as fast as the client takes the bytes, and no faster: a client that takes nothing for
 * ANSWER_STALL_MS is cut, and every client after MAX_STREAM_MS.
 */
export async function sendRecords<Kind extends RecordKind>(
  { request, reply, district, turns }: Asked,
  {
    kind,
    format,
    filter,
    parameters = {},
  }: {
    readonly kind: Kind;
    readonly format: FormatName;
    readonly filter: object;
    readonly parameters?: Readonly<Record<string, string>>;
  },
  query: (run: QueryRun) => Promise<StreamedRecords<Kind>>,
): Promise<FastifyReply> {
  const turn = turns.take(identityOf(request).tokenId);
  const { signal, forget } = endOf(request, turns.fileMs);
  const giveBack = (): void => {
    forget();
    turn();
  };
  try {
    const { facts, rows, geometryOf } = await readDistrict(district, () =>
      query({ signal }).catch((error: unknown) => failed(error, signal, turns.fileMs)),
    );
    const custody = await custodyOf(request, district, kind, filter);
    const count = { rows: 0 };
    const chunks = writeRecords(format, kind, counted(rows, count), {
      custody,
      timeZone: district.plan()?.timeZone ?? 'UTC',
      ...(geometryOf === undefined ? {} : { geometryOf }),
    });
    noteRead(request, district, () => count.rows, { parameters });
    const name = exportFileName({ format, district: district.id, what: kind, fromMs: facts.fromMs, toMs: facts.toMs });
    const body = Readable.from(chunks, { objectMode: false, highWaterMark: 65_536 });
    // Also of a stream that is given up before anything was read of it.
    body.once('close', giveBack);
    const { fromMs, toMs, upTo, missing } = factsAnswer(facts);
    return await reply
      .type(FORMATS[format].mediaType)
      .header('content-disposition', `attachment; filename="${name}"`)
      .header('x-beatwatch-answer', JSON.stringify({ fromMs, toMs, upTo, missing }))
      .send(body);
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** One request for records. */
export interface Asked {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly district: ApiDistrict;
  readonly turns: QueryTurns;
}

async function custodyOf(
  request: FastifyRequest,
  district: ApiDistrict,
  kind: RecordKind,
  filter: object,
): Promise<Custody> {
  const { subject } = identityOf(request);
  return {
    district: district.id,
    kind,
    filter: { ...filter },
    exportedBy: subject,
    exportedAtMs: district.clock.nowMs(),
    purpose: purposeOf(request),
    accessEntry: routeOf(request),
    notice: null,
    archiveHead: await district.history.head(),
  };
}

async function* counted<Row>(rows: AsyncIterable<Row>, count: { rows: number }): AsyncGenerator<Row> {
  for await (const row of rows) {
    count.rows += 1;
    yield row;
  }
}

/** What ends a query: its time is over, or the client has gone. `forget` when it has ended. */
function endOf(
  { raw: { socket } }: FastifyRequest,
  withinMs: number,
): {
  readonly signal: AbortSignal;
  readonly forget: () => void;
} {
  const controller = new AbortController();
  const end = (): void => controller.abort(new Error('the client has gone'));
  socket.once('close', end);
  const signal = AbortSignal.any([AbortSignal.timeout(withinMs), controller.signal]);
  return { signal, forget: () => void socket.removeListener('close', end) };
}

function failed(error: unknown, signal: AbortSignal, limitMs: number): never {
  if (!signal.aborted) throw error;
  throw apiError(
    'query-timeout',
    `the query was given up after ${limitMs / 1_000} s; ask for fewer units or a shorter period`,
    { limitMs },
  );
}
