import { STATUS_CODES } from 'node:http';
import { BeatwatchError } from '../model/errors.js';

/** Every code that the HTTP side answers with, its status and what it means. Part of the published contract. */
export const API_ERRORS = {
  'request-invalid': { status: 400, meaning: 'A path, query or body field is wrong; details.faults lists each.' },
  'purpose-missing': {
    status: 400,
    meaning: 'An auditor must say why: send the header X-Purpose, or the query field purpose.',
  },
  'search-too-large': {
    status: 400,
    meaning: 'The period in the query holds more of the log than one search may read; ask for a shorter period.',
  },
  'query-too-large': {
    status: 400,
    meaning:
      'The query would read more than one may; details say what it would read, and the longest period that passes.',
  },
  'report-too-large': {
    status: 400,
    meaning: 'The report takes more time or memory than one report may; ask for fewer days.',
  },
  'body-too-deep': { status: 400, meaning: 'The objects and lists of the body are nested more deeply than the limit.' },
  'body-not-json': { status: 400, meaning: 'The body is empty or is not JSON.' },
  'http-malformed': { status: 400, meaning: 'The server cannot parse the request as HTTP.' },
  'subprotocol-missing': { status: 400, meaning: 'The WebSocket offers no subprotocol that this server speaks.' },
  'token-missing': { status: 401, meaning: 'The request has no bearer token, and no ticket where a ticket is enough.' },
  'token-malformed': { status: 401, meaning: 'The bearer value is not a Beatwatch token.' },
  'token-signature': { status: 401, meaning: 'No key that this server knows signed the token.' },
  'token-expired': { status: 401, meaning: 'The token has expired, or is not valid yet.' },
  'token-too-long-lived': { status: 401, meaning: 'The token lives longer than its role allows.' },
  'token-revoked': { status: 401, meaning: 'Somebody revoked the token; ask for a new one.' },
  'ticket-invalid': { status: 401, meaning: 'The ticket is unknown, used or expired; ask for a new one.' },
  'token-role': { status: 403, meaning: "The token's role may not do this." },
  'token-district': { status: 403, meaning: 'The token does not cover this district.' },
  'origin-refused': { status: 403, meaning: 'Pages of this origin may not open a live socket on this server.' },
  'route-unknown': { status: 404, meaning: 'This server has no such route with this method.' },
  'district-unknown': { status: 404, meaning: 'This server has no such district.' },
  'unit-unknown': { status: 404, meaning: 'The district has no such unit.' },
  'place-unknown': { status: 404, meaning: 'The district has no such place.' },
  'day-unknown': { status: 404, meaning: 'The day is not settled, or has no settlement with this digest.' },
  'alert-unknown': { status: 404, meaning: 'The district has no such alert.' },
  'task-unknown': { status: 404, meaning: 'The district has no such task, or it ended long ago.' },
  'entry-unknown': { status: 404, meaning: 'No engine has skipped an entry of the log with this id.' },
  'notice-unknown': { status: 404, meaning: 'The district has no such notice, or it ended long ago.' },
  'notice-not-failed': {
    status: 409,
    meaning: 'The notice waits, was delivered or stopped: only one that was given up is sent again.',
  },
  'head-unknown': { status: 404, meaning: 'The archive has no head of this day, or this process has no archive.' },
  'plan-missing': { status: 404, meaning: 'No plan is in force in the district yet; try again after a minute.' },
  'order-unknown': { status: 404, meaning: 'The district has no such operation order.' },
  'plan-unknown': {
    status: 404,
    meaning:
      'No draft with this digest is kept, nor a plan of the history that can be published again; send its files again.',
  },
  'method-not-allowed': { status: 405, meaning: "The trackers' socket accepts only GET." },
  'request-timeout': { status: 408, meaning: 'The whole request did not arrive in time.' },
  'place-changed': {
    status: 409,
    meaning: 'The place has two shapes in the period; ask for the time before details.changedAtMs and after it.',
  },
  'record-changed': {
    status: 409,
    meaning: 'The number of open losses has changed since you read it; read the record again.',
  },
  'alert-changed': {
    status: 409,
    meaning: 'The action names an old version of the alert; read the alert again.',
  },
  'alert-acknowledged': { status: 409, meaning: 'Somebody has already acknowledged the alert.' },
  'alert-cleared': {
    status: 409,
    meaning: 'The alert is over, so nobody can shelve, unshelve, acknowledge or resolve it in this way.',
  },
  'alert-retracted': { status: 409, meaning: 'The alert was wrong, and the engine has retracted it.' },
  'alert-not-shelved': { status: 409, meaning: 'The alert is not shelved.' },
  'alert-not-shelvable': {
    status: 409,
    meaning: 'Nobody can shelve a call for help; a person ends it with `resolve`.',
  },
  'alert-ends-by-itself': {
    status: 409,
    meaning: 'The alert ends by itself when its condition ends; `resolve` is only for calls for help.',
  },
  'alert-not-standing': { status: 409, meaning: 'The alert closed so long ago that the engine no longer holds it.' },
  'comment-missing': { status: 409, meaning: 'The engine got the action without a comment or a reason.' },
  'shelf-out-of-range': {
    status: 409,
    meaning: 'When the server recorded the action, `until` had passed or was too far ahead.',
  },
  'action-refused': { status: 409, meaning: 'The engine refused the action; details.reason says why.' },
  'action-id-used': { status: 409, meaning: 'Another action already has this action id; choose a new one.' },
  'plan-overtaken': {
    status: 409,
    meaning:
      'Somebody has logged another plan since this one was drafted. details.expected and details.newest name both; draft again.',
  },
  'plan-too-late': {
    status: 409,
    meaning:
      'The plan came into the log less than a minute before its instant, so it is nothing; publish it for a later one.',
  },
  'orders-conflict': {
    status: 409,
    meaning:
      'Operation orders that stand or wait name what the plan does not have. details.faults names each; end the order, or change the files.',
  },
  'order-over': {
    status: 409,
    meaning: 'The operation order is over, or ends by itself before it could be ended.',
  },
  'task-id-used': { status: 409, meaning: 'Another task already has this task id; choose a new one.' },
  'task-closed': { status: 409, meaning: 'The task already ends earlier than the new end; open a new task.' },
  'statement-id-used': { status: 409, meaning: 'Another statement already has this statement id; choose a new one.' },
  'statement-not-standing': {
    status: 409,
    meaning:
      'The statement is not the last about the unit: another one followed, its id was used before, or too many came. details.statement is the last.',
  },
  'too-many-tasks': { status: 409, meaning: 'The district has as many open tasks as it may have; close some first.' },
  'too-many-plans': {
    status: 409,
    meaning:
      'The district has had as many plans as it may in a day, or as many as engines hold at once; details count both.',
  },
  'too-many-revocations': {
    status: 409,
    meaning: 'The district has as many revocations as it may have; exchange the keys instead.',
  },
  'clock-backwards': { status: 409, meaning: 'The virtual clock cannot go back; send a later instant.' },
  'page-gone': {
    status: 410,
    meaning: 'The page begins before the oldest item that the server has, or after the newest; details name both.',
  },
  'settlement-gone': {
    status: 410,
    meaning: 'The record of the settled day is not in the log or the archive any more.',
  },
  'report-plan-gone': {
    status: 410,
    meaning: 'A plan that was in force on details.day is gone from log and archive; ask for a report without that day.',
  },
  'draft-too-large': { status: 413, meaning: 'The check of the draft takes more time or memory than one check may.' },
  'plan-invalid': {
    status: 422,
    meaning:
      'The files have faults. details.faults names up to 200, each with file, path and reason; details.unlisted counts the others.',
  },
  'order-invalid': {
    status: 422,
    meaning:
      'The operation order has faults. details.faults names up to 200, each with path and reason; details.unlisted counts the others.',
  },
  'roster-invalid': {
    status: 422,
    meaning:
      'The roster has faults. details.faults names up to 200, each with path and reason; details.unlisted counts the others.',
  },
  'too-many-drafts': {
    status: 429,
    meaning: 'The server already checks as many drafts as it may; try again in a few seconds.',
  },
  'body-too-large': { status: 413, meaning: 'The body is longer than the limit.' },
  'url-too-long': { status: 414, meaning: 'A part of the path is longer than the limit.' },
  'media-type': { status: 415, meaning: 'The content type of the body is not application/json.' },
  'upgrade-required': { status: 426, meaning: 'This route is a WebSocket; send an upgrade request.' },
  'rate-limited': {
    status: 429,
    meaning:
      'Too many requests came with this token, or from this address without a good token. Continue after details.retryAfterMs.',
  },
  'too-many-searches': {
    status: 429,
    meaning:
      'The server, or this token, already runs as many searches of the record as it may; try again in a few seconds.',
  },
  'too-many-reports': {
    status: 429,
    meaning: 'The server already makes as many reports as it may; try again in a few seconds.',
  },
  'what-if-too-long': {
    status: 422,
    meaning: 'The question is about more days than the server folds; details.limit says how many. Ask about parts.',
  },
  'what-if-incomplete': {
    status: 422,
    meaning:
      'The log lacks some of the time that is asked about, or of the twelve hours before, or the plan does not say its calendar.',
  },
  'what-if-too-large': { status: 413, meaning: 'The question takes more time or memory than one may; ask about less.' },
  'too-many-what-ifs': {
    status: 429,
    meaning: 'The server already folds as many such questions as it may; try again in a few seconds.',
  },
  'too-many-sockets': {
    status: 429,
    meaning: 'Too many live sockets are open, with this token or in total; close some, or try again later.',
  },
  'headers-too-large': { status: 431, meaning: 'The request has more header fields, or longer ones, than the limit.' },
  internal: { status: 500, meaning: 'A fault of this server; its log describes it under details.requestId.' },
  'http-version': { status: 505, meaning: 'This server does not support the HTTP version of the request.' },
  'log-unavailable': {
    status: 503,
    meaning:
      'The server does not know whether it recorded the act. Send the act again with details.actionId, taskId or statementId; it counts once.',
  },
  'access-log-unavailable': {
    status: 503,
    meaning: 'The server could not record the read, so it did not answer it; try again in a few seconds.',
  },
  'state-unavailable': {
    status: 503,
    meaning: 'The server cannot read the state of the district now; try again in a few seconds.',
  },
  'query-timeout': {
    status: 503,
    meaning: 'The query took too long, and the server gave it up; ask for fewer units or a shorter period.',
  },
  'shutting-down': { status: 503, meaning: 'This process is shutting down; try again, or ask another process.' },
} as const satisfies Readonly<Record<string, { status: number; meaning: string }>>;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** What every error answer holds. */
export interface ErrorAnswer {
  readonly code: ApiErrorCode;
  /** Says to people what was got and what was expected. */
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
