import { STATUS_CODES } from 'node:http';
import { BeatwatchError } from '../model/errors.js';

/** Every code that the HTTP side answers with, its status and what it means. Part of the published contract. */
export const API_ERRORS = {
  'request-invalid': { status: 400, meaning: 'A path, query or body field is wrong; details.faults lists each.' },
  'search-too-large': { status: 400, meaning: 'The time that was asked for holds more than one search may look at.' },
  'body-too-deep': { status: 400, meaning: 'More objects and lists of the body stand in one another than may.' },
  'body-not-json': { status: 400, meaning: 'The body is empty or is not JSON.' },
  'http-malformed': { status: 400, meaning: 'The request is not HTTP that this server reads.' },
  'subprotocol-missing': { status: 400, meaning: 'The WebSocket offers no subprotocol that this server speaks.' },
  'token-missing': { status: 401, meaning: 'No bearer token, and no ticket where one would do.' },
  'token-malformed': { status: 401, meaning: 'The token is not a token of this kind.' },
  'token-signature': { status: 401, meaning: 'The token is not signed by a key that this server knows.' },
  'token-expired': { status: 401, meaning: 'The token is no longer, or not yet, good.' },
  'token-too-long-lived': { status: 401, meaning: 'The token lives longer than its role allows.' },
  'token-revoked': { status: 401, meaning: 'The token was revoked.' },
  'ticket-invalid': { status: 401, meaning: 'The ticket is unknown, used or expired; ask for another.' },
  'token-role': { status: 403, meaning: "The token's role may not do this." },
  'token-district': { status: 403, meaning: 'The token does not cover this district.' },
  'origin-refused': { status: 403, meaning: 'Pages of this origin may not open a live socket here.' },
  'route-unknown': { status: 404, meaning: 'There is no such route, or not with this method.' },
  'district-unknown': { status: 404, meaning: 'This server has no such district.' },
  'unit-unknown': { status: 404, meaning: 'The district has no such unit.' },
  'place-unknown': { status: 404, meaning: 'The district has no such place.' },
  'alert-unknown': { status: 404, meaning: 'The district has no such alert.' },
  'task-unknown': { status: 404, meaning: 'The district has no such task, or it ended long ago.' },
  'entry-unknown': { status: 404, meaning: 'No such entry of the log was skipped.' },
  'plan-missing': { status: 404, meaning: 'No plan is in force in the district yet.' },
  'method-not-allowed': { status: 405, meaning: "Only GET is upgraded to the trackers' socket." },
  'request-timeout': { status: 408, meaning: 'The request did not come whole in time.' },
  'record-changed': { status: 409, meaning: 'Another number of losses is open than was read.' },
  'alert-changed': {
    status: 409,
    meaning: 'The alert is no longer in the version that the action is for; look again.',
  },
  'alert-acknowledged': { status: 409, meaning: 'The alert was acknowledged already.' },
  'alert-cleared': { status: 409, meaning: 'The alert is over: nothing is there to be put aside.' },
  'alert-retracted': { status: 409, meaning: 'The alert was wrong and has been taken back.' },
  'alert-not-shelved': { status: 409, meaning: 'The alert is not put aside.' },
  'alert-not-shelvable': { status: 409, meaning: 'Nobody puts a call for help aside: it is ended by `resolve`.' },
  'alert-ends-by-itself': {
    status: 409,
    meaning: 'The alert ends with what it is about; only a call for help is ended by `resolve`.',
  },
  'alert-not-standing': { status: 409, meaning: 'The alert closed so long ago that the engine holds it no longer.' },
  'comment-missing': { status: 409, meaning: 'The action came to the engine without a comment or a reason.' },
  'shelf-out-of-range': {
    status: 409,
    meaning: 'The end of the shelf was over, or too far ahead, when it was recorded.',
  },
  'action-refused': { status: 409, meaning: 'The engine refused the action; details.reason says why.' },
  'action-id-used': { status: 409, meaning: 'The action id stands for another action already.' },
  'task-id-used': { status: 409, meaning: 'The task id stands for another task already.' },
  'task-closed': { status: 409, meaning: 'The task ends earlier; it is not opened again.' },
  'statement-id-used': { status: 409, meaning: 'The statement id stands for another statement already.' },
  'statement-not-standing': {
    status: 409,
    meaning:
      'The statement is not the last about the unit: another followed, its id was used before, or too many came; details.statement is the last.',
  },
  'too-many-tasks': { status: 409, meaning: 'So many tasks are open that the district takes no more; close some.' },
  'too-many-revocations': {
    status: 409,
    meaning: 'The district has as many revoked tokens as it may; exchange the keys instead.',
  },
  'clock-backwards': { status: 409, meaning: 'The virtual clock does not go back.' },
  'page-gone': {
    status: 410,
    meaning: 'The page begins before the oldest, or after the newest, that is here; details say which they are.',
  },
  'body-too-large': { status: 413, meaning: 'The body exceeds the limit.' },
  'url-too-long': { status: 414, meaning: 'A part of the path exceeds the limit.' },
  'media-type': { status: 415, meaning: 'The body is not application/json.' },
  'upgrade-required': { status: 426, meaning: 'This route is a WebSocket.' },
  'rate-limited': {
    status: 429,
    meaning:
      'Too many requests with this token, or of this address without a good one; details.retryAfterMs says when to go on.',
  },
  'too-many-searches': { status: 429, meaning: 'So many searches of fixes run already; ask again in a moment.' },
  'too-many-sockets': { status: 429, meaning: 'Too many live sockets are open, with this token or at all.' },
  'headers-too-large': { status: 431, meaning: 'The request header fields exceed the limit.' },
  internal: { status: 500, meaning: 'A fault of this server; its log has the rest under details.requestId.' },
  'http-version': { status: 505, meaning: 'The request is of a version of HTTP that this server does not speak.' },
  'log-unavailable': {
    status: 503,
    meaning:
      'The act may not have been recorded: send it again with details.actionId, taskId or statementId, it counts once.',
  },
  'access-log-unavailable': { status: 503, meaning: 'The read could not be recorded, so it was not answered.' },
  'state-unavailable': { status: 503, meaning: 'The district state cannot be read now.' },
  'shutting-down': { status: 503, meaning: 'This process is going away; another may answer.' },
} as const satisfies Readonly<Record<string, { status: number; meaning: string }>>;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** What every error answer holds. */
export interface ErrorAnswer {
  readonly code: ApiErrorCode;
  /** For people; says what was got and what was expected. */
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A failure with a code of the table. */
export function apiError(code: ApiErrorCode, message: string, details: Record<string, unknown> = {}): BeatwatchError {
  return new BeatwatchError(code, message, details);
}

export function isApiErrorCode(code: unknown): code is ApiErrorCode {
  return typeof code === 'string' && Object.hasOwn(API_ERRORS, code);
}

export function statusOf(code: ApiErrorCode): number {
  return API_ERRORS[code].status;
}

/** Fastify's own errors, by its codes. */
const FRAMEWORK_CODES: Readonly<Record<string, ApiErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body-not-json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body-not-json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'http-malformed',
  FST_ERR_BAD_URL: 'http-malformed',
  FST_ERR_MAX_PARAM_LENGTH: 'url-too-long',
};

/**
 * What to answer for anything thrown while a request was served. An error without a code of the table is a fault of this
 * server and tells the caller nothing but the request's id.
 */
export function answerOf(error: unknown, requestId: string): ErrorAnswer {
  return withoutTokens(plainAnswerOf(error, requestId));
}

/** A token, whole or cut, that somebody put where it does not belong: answers end in logs and on screens. */
const TOKEN = /eyJ[\w-]{8,}[\w.-]*/g;

function withoutTokens(answer: ErrorAnswer): ErrorAnswer {
  const text = JSON.stringify(answer);
  return text.includes('eyJ') ? (JSON.parse(text.replace(TOKEN, '(token)')) as ErrorAnswer) : answer;
}

function plainAnswerOf(error: unknown, requestId: string): ErrorAnswer {
  if (error instanceof BeatwatchError && isApiErrorCode(error.code)) {
    return { code: error.code, message: error.message, details: error.details };
  }
  if (error instanceof BeatwatchError && error.code.startsWith('token-')) {
    return { code: 'token-malformed', message: error.message, details: { reason: error.code } };
  }
  const frameworkCode = error instanceof Error && 'code' in error ? FRAMEWORK_CODES[String(error.code)] : undefined;
  if (error instanceof Error && frameworkCode !== undefined) {
    return { code: frameworkCode, message: error.message, details: {} };
  }
  return { code: 'internal', message: 'internal error', details: { requestId } };
}

/** An error answer written by hand, for sockets that no framework holds: failed upgrades and HTTP that does not parse. */
export function rawHttpAnswer(answer: ErrorAnswer): string {
  const body = JSON.stringify(answer);
  const status = statusOf(answer.code);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
