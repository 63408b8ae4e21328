import { createHash, randomBytes } from 'node:crypto';
import { BeatwatchError } from '../model/errors.js';
import { TICKET_MS } from '../model/limits.js';
import { type Identity, isId, ROLES } from '../model/roles.js';

/** Where tickets wait, for every process that may redeem them. Times are the store's own, real ones. */
export interface TicketStore {
  /** Keeps a value under a name for lifeMs; false when the name is taken. */
  put(name: string, value: string, lifeMs: number): Promise<boolean>;
  /** Takes it out: the value once, then null; null too when its life is over. */
  take(name: string): Promise<string | null>;
}

/**
 * A ticket stands in for a token where a browser can send no header: good once, for TICKET_MS, with the identity that asked for
 * it. 43 characters of base64url; the store knows only its hash, so that who reads the store can use none.
 */
export async function issueTicket(store: TicketStore, identity: Identity): Promise<string> {
  const ticket = randomBytes(TICKET_BYTES).toString('base64url');
  const stored = await store.put(nameOf(ticket), JSON.stringify(identity), TICKET_MS);
  if (!stored) throw new Error('bug: the same 256 random bits twice');
  return ticket;
}

const TICKET_BYTES = 32;
const TICKET = /^[A-Za-z0-9_-]{43}$/;

/**
 * Who a ticket speaks for; it is used up. Throws `ticket-invalid` when it is unknown, used or over, and `token-expired` when the
 * token behind it has ended meanwhile.
 */
export async function redeemTicket(store: TicketStore, ticket: string, nowMs: number): Promise<Identity> {
  const value = TICKET.test(ticket) ? await store.take(nameOf(ticket)) : null;
  const identity = value === null ? null : parseIdentity(value);
  if (identity === null) {
    const message = `ticket: got one that is unknown, used or older than ${TICKET_MS} ms, expected a fresh one`;
    throw new BeatwatchError('ticket-invalid', message);
  }
  if (nowMs >= identity.expiresAtMs) {
    throw new BeatwatchError(
      'token-expired',
      'ticket: got one whose token has ended, expected one of a token that is good',
    );
  }
  return identity;
}

function nameOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url');
}

/** Null for anything that issueTicket did not write. */
function parseIdentity(value: string): Identity | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const { subject, role, districts, issuedAtMs, expiresAtMs, tokenId } = parsed as Readonly<Record<string, unknown>>;
  const known = ROLES.find((one) => one === role);
  if (known === undefined || typeof subject !== 'string' || typeof tokenId !== 'string') return null;
  if (typeof issuedAtMs !== 'number' || typeof expiresAtMs !== 'number') return null;
  if (!Array.isArray(districts) || !districts.every(isId)) return null;
  return { subject, role: known, districts, issuedAtMs, expiresAtMs, tokenId };
}
