import type { FastifyRequest } from 'fastify';
import { canonicalJson } from '../model/canonical-json.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import type { AccessAnswer, AccessRead } from '../model/log-entry.js';
import type { Identity } from '../model/roles.js';
import { identityOf, routeOf } from './context.js';
import type { ApiDistrict } from './deps.js';
import { apiError } from './errors.js';
import { APPEND_WAIT_MS, MAX_PURPOSE_CHARS } from './limits.js';

/** What an entry says besides what the request's path, query and headers say. */
export interface ReadSaid {
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** The reason that an act gives in its body. */
  readonly purpose?: string;
}

/** What a handler says of the answer that it is about to give. */
export interface ReadNote {
  readonly district: ApiDistrict;
  readonly said: ReadSaid;
  /** How many records it shows of the district; of a stream this is asked when it has ended. */
  readonly records: () => number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the answer shows; empty: nothing of a district; null: the handler has not said. */
    readNotes: ReadNote[] | null;
  }
}

/**
 * Says that the answer to this request shows records of a district. `recordAnswers` then writes the access entry, with the hash of the
 * answer, before a byte of it is sent. A handler that streams gives a function, which counts what went into the stream.
 */
export function noteRead(
  request: FastifyRequest,
  district: ApiDistrict,
  records: number | (() => number),
  said: ReadSaid = {},
): void {
  const note = { district, said, records: typeof records === 'number' ? () => records : records };
  request.readNotes = [...(request.readNotes ?? []), note];
}

/** Says that the answer to this request shows nothing of a district, unless something else is noted. */
export function noteNothing(request: FastifyRequest): void {
  request.readNotes ??= [];
}

/** What is known of an act besides its outcome: an id of the caller's own, for the record of what was shown. */
type ActId =
  | { readonly actionId: string }
  | { readonly taskId: string }
  | { readonly statementId: string }
  | { readonly rosterId: string };

/**
 * Does an act, and notes that its answer, or its refusal, shows an alert, a task, a statement, a plan or a roster: who repeats an act, or tries one
 * that must fail, reads. An answer that shows nothing but that the act is in the log leaves the act's own entry alone.
 */
export async function noteShown<Outcome extends object>(
  request: FastifyRequest,
  district: ApiDistrict,
  id: ActId,
  act: () => Promise<Outcome>,
): Promise<Outcome> {
  let outcome: Outcome;
  try {
    outcome = await act();
  } catch (error) {
    const records = error instanceof BeatwatchError ? shownBy(error) : null;
    if (records !== null) noteRead(request, district, records, { parameters: id });
    throw error;
  }
  if (SHOWN.some((name) => name in outcome)) noteRead(request, district, 1, { parameters: id });
  else noteNothing(request);
  return outcome;
}

/** What outcomes hold that is shown. */
const SHOWN = ['alert', 'task', 'statement', 'plan', 'order', 'roster'] as const;

/** Refusals that tell what there is, or is not. */
const TELLING: ReadonlySet<string> = new Set([
  'alert-unknown',
  'day-unknown',
  'task-unknown',
  'plan-missing',
  'plan-unknown',
  'order-unknown',
  'plan-overtaken',
  'action-id-used',
]);

/** How many alerts, tasks, statements or plans a refusal shows; null where it tells nothing of the district. */
function shownBy({ code, details }: BeatwatchError): number | null {
  const { alert = null, task = null, statement = null, plan = null, order = null, newest = null } = details;
  if ([alert, task, statement, plan, order, newest].some((shown) => shown !== null)) return 1;
  return TELLING.has(code) ? 0 : null;
}

/** Why the caller reads: `X-Purpose`, or the query's `purpose`, which goes first; null when neither says. */
export function purposeOf({ query, headers }: FastifyRequest): string | null {
  const said = (query as { readonly purpose?: unknown }).purpose ?? headers['x-purpose'];
  return typeof said === 'string' && said !== '' ? said : null;
}

/** Throws `purpose-missing` when an auditor does not say why. Asked after the request was validated. */
export function requirePurpose(request: FastifyRequest): void {
  if (request.identity?.role !== 'auditor' || purposeOf(request) !== null) return;
  const expected = `the header X-Purpose (or ?purpose=) with 1 to ${MAX_PURPOSE_CHARS} characters that say why you look`;
  throw apiError('purpose-missing', `got no purpose, expected ${expected}`, { expected });
}

/**
 * Records an answer, or a part of one, in the logs of the districts that it shows. Resolves when all have it, and rejects with
 * `access-log-unavailable` when one has not.
 */
export async function recordNotes(
  request: FastifyRequest,
  notes: readonly ReadNote[],
  answer: AccessAnswer,
): Promise<void> {
  const { purpose: _, ...query } = request.query as Record<string, unknown>;
  const asked = { ...(request.params as object), ...query };
  await Promise.all(
    notes.map(({ district, said, records }) =>
      recordAccess(district, identityOf(request), {
        purpose: said.purpose ?? purposeOf(request),
        what: routeOf(request),
        parameters: canonicalJson({ ...asked, ...said.parameters }),
        records: answer.stage === 'begun' ? 0 : records(),
        answer,
      }),
    ),
  );
}

/** Records why somebody acts, before the act: one that shows how many records. `parameters`: what the act says besides its path. */
export async function recordReason(
  request: FastifyRequest,
  district: ApiDistrict,
  { reason, records, parameters }: { reason: string; records: number; parameters?: Readonly<Record<string, number>> },
): Promise<void> {
  await recordAccess(district, identityOf(request), {
    purpose: reason,
    what: routeOf(request),
    parameters: canonicalJson({ ...(request.params as object), ...parameters }),
    records,
  });
}

/**
 * Records who looked at what in the district's log, together with the reads of others. One that is given up may still come to
 * stand there: then it tells of a read that was not answered, which is the harmless side.
 */
export async function recordAccess(
  district: ApiDistrict,
  { subject, role }: Identity,
  read: Omit<AccessRead, 'actor' | 'role'>,
): Promise<void> {
  try {
    await district.accesses.record({ actor: subject, role, ...read }, APPEND_WAIT_MS);
  } catch (error) {
    throw apiError(
      'access-log-unavailable',
      `the log of ${district.id} did not store the record of this read within ${APPEND_WAIT_MS} ms (${messageOf(error)}), so the read is not answered; try again in a few seconds`,
      { district: district.id },
    );
  }
}
