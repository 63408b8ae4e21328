import { randomUUID } from 'node:crypto';
import { CompactSign, compactVerify, errors } from 'jose';
import { BeatwatchError } from '../model/errors.js';
import { MAX_TRACKER_TOKEN_S, MAX_USER_TOKEN_S } from '../model/limits.js';
import { type Identity, isId, ROLES, type Role } from '../model/roles.js';
import { parseText } from '../model/text.js';
import type { PublicKeys, SigningKey } from './keys.js';

/**
 * Tokens are JWTs signed with Ed25519, header `{alg: EdDSA, typ: beatwatch+jwt, kid}`, claims `iss`, `aud`, `sub`, `jti`, `iat`, `exp`,
 * `role`, `districts` (all required), `nbf` (optional). No other algorithm is taken, whatever a header says.
 */
export const ISSUER = 'beatwatch';
export const AUDIENCE = 'beatwatch';
const ALGORITHM = 'EdDSA';
const TYPE = 'beatwatch+jwt';

/** Longest token, characters. */
export const MAX_TOKEN_CHARACTERS = 4_096;
/** Longest subject of a person, characters; a tracker's is an id. */
export const MAX_SUBJECT_CHARACTERS = 128;
/** Districts of one token. */
export const MAX_TOKEN_DISTRICTS = 64;
/** Longest token id, characters. */
export const MAX_TOKEN_ID_CHARACTERS = 64;
/**
 * A token may be dated this far ahead of the server's clock (`iat`, `nbf`), for the clock of whoever made it. The end (`exp`) has
 * no tolerance: the millisecond `exp × 1000` is too late.
 */
export const TOKEN_AHEAD_MS = 30_000;

type TokenFault = 'token-missing' | 'token-malformed' | 'token-signature' | 'token-expired' | 'token-too-long-lived';

/** Longest life by role, seconds. */
export const MAX_TOKEN_LIFE_S: Readonly<Record<Role, number>> = {
  tracker: MAX_TRACKER_TOKEN_S,
  supervisor: MAX_USER_TOKEN_S,
  auditor: MAX_USER_TOKEN_S,
  admin: MAX_USER_TOKEN_S,
};

/**
 * Makes a token that is good from `nowMs` (cut to the second) for `ttlS` seconds. What `verifyToken` would refuse is refused here,
 * with the same codes.
 */
export async function signToken(o: {
  readonly key: SigningKey;
  readonly role: Role;
  readonly subject: string;
  readonly districts: readonly string[];
  readonly ttlS: number;
  readonly nowMs: number;
  readonly tokenId?: string;
}): Promise<string> {
  const iat = Math.floor(o.nowMs / 1_000);
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: o.subject,
    jti: o.tokenId ?? randomUUID(),
    iat,
    exp: iat + o.ttlS,
    role: o.role,
    districts: o.districts,
  };
  identityOf(claims, o.nowMs, AUDIENCE);
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: o.key.kid })
    .sign(o.key.key);
}

/**
 * Who a token speaks for. Throws a BeatwatchError with a TokenFault as its code and nothing else, whatever the text:
 * - `token-missing`: no text
 * - `token-malformed`: no JWT, another `typ`, or a claim that is missing or wrong (`details.claim`)
 * - `token-signature`: another algorithm, no known key, or not signed by it
 * - `token-expired`: at or after `exp`, or dated ahead by more than TOKEN_AHEAD_MS (`details.reason` is `not-yet`)
 * - `token-too-long-lived`: `exp − iat` above the role's MAX_TOKEN_LIFE_S
 *
 * @param nowMs the clock port's time
 */
export async function verifyToken(
  text: string,
  keys: PublicKeys,
  o: { readonly nowMs: number; readonly audience?: string },
): Promise<Identity> {
  if (text === '') throw fault('token-missing', 'token: got none, expected a JWT');
  if (text.length > MAX_TOKEN_CHARACTERS) {
    throw fault('token-malformed', `token: got ${text.length} characters, expected at most ${MAX_TOKEN_CHARACTERS}`);
  }
  return identityOf(await verifiedClaims(text, keys), o.nowMs, o.audience ?? AUDIENCE);
}

async function verifiedClaims(text: string, keys: PublicKeys): Promise<unknown> {
  try {
    const { payload, protectedHeader } = await compactVerify(
      text,
      (header) => {
        refuseOtherMembers(header);
        const { kid } = header;
        const key = kid === undefined ? undefined : keys.get(kid);
        if (key === undefined)
          throw fault('token-signature', `key id: got ${shown(kid)}, expected one of this server's keys`);
        return key;
      },
      { algorithms: [ALGORITHM] },
    );
    if (protectedHeader.typ !== TYPE) throw malformed('typ', protectedHeader.typ, TYPE);
    return parseJson(payload);
  } catch (error) {
    throw error instanceof BeatwatchError ? error : signatureFault(error);
  }
}

/** A header says nothing else: `crit` and `b64` would change what the signature is over, and the rest would be believed unread. */
function refuseOtherMembers(header: object): void {
  const other = Object.keys(header).find((name) => !HEADER_MEMBERS.has(name));
  if (other !== undefined)
    throw fault('token-malformed', `header: got ${shown(other)}, expected alg, typ and kid alone`);
}

const HEADER_MEMBERS: ReadonlySet<string> = new Set(['alg', 'typ', 'kid']);

function signatureFault(error: unknown): BeatwatchError {
  const wrongSignature =
    error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed;
  if (wrongSignature) {
    return fault('token-signature', 'signature: got another, expected EdDSA by a key of this server', {}, error);
  }
  return fault('token-malformed', 'token: got something else, expected a JWT in three parts', {}, error);
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (error) {
    throw fault('token-malformed', 'claims: got something else, expected JSON', { claim: 'claims' }, error);
  }
}

function identityOf(claims: unknown, nowMs: number, audience: string): Identity {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw malformed('claims', claims, 'an object');
  const { iss, aud, sub, jti, iat, nbf, exp, role, districts } = claims as Readonly<Record<string, unknown>>;
  if (iss !== ISSUER) throw malformed('iss', iss, ISSUER);
  if (aud !== audience && !(Array.isArray(aud) && aud.includes(audience))) throw malformed('aud', aud, audience);
  if (!isRole(role)) throw malformed('role', role, ROLES.join(' or '));
  if (!isSubject(sub, role)) throw malformed('sub', sub, role === 'tracker' ? 'a tracker id' : 'an account');
  if (!isText(jti, MAX_TOKEN_ID_CHARACTERS)) throw malformed('jti', jti, `1..${MAX_TOKEN_ID_CHARACTERS} characters`);
  if (!isDistricts(districts)) throw malformed('districts', districts, `1..${MAX_TOKEN_DISTRICTS} district ids`);
  const issuedS = seconds('iat', iat);
  const fromS = nbf === undefined ? issuedS : Math.max(issuedS, seconds('nbf', nbf));
  const toS = seconds('exp', exp);
  if (toS <= issuedS) throw malformed('exp', exp, `after iat, ${issuedS}`);
  if (toS - issuedS > MAX_TOKEN_LIFE_S[role]) {
    const message = `life of a token for ${role}: got ${toS - issuedS} s, expected at most ${MAX_TOKEN_LIFE_S[role]} s`;
    throw fault('token-too-long-lived', message, { role, lifeS: toS - issuedS });
  }
  if (fromS * 1_000 > nowMs + TOKEN_AHEAD_MS) {
    const message = `token: got one that is good from ${fromS} s, expected at most ${TOKEN_AHEAD_MS} ms after ${nowMs} ms`;
    throw fault('token-expired', message, { reason: 'not-yet' });
  }
  if (nowMs >= toS * 1_000) {
    throw fault('token-expired', `token: got one that ended at ${toS} s, expected one that is good at ${nowMs} ms`);
  }
  return {
    subject: sub,
    role,
    districts: [...districts],
    issuedAtMs: issuedS * 1_000,
    expiresAtMs: toS * 1_000,
    tokenId: jti,
  };
}

function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value);
}

function isSubject(value: unknown, role: Role): value is string {
  return role === 'tracker' ? isId(value) : isText(value, MAX_SUBJECT_CHARACTERS);
}

/** Clean and in normal form already: a subject is an identity, and goes into logs and into the access record. */
function isText(value: unknown, maxCharacters: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxCharacters && parseText(value) === value;
}

function isDistricts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.length <= MAX_TOKEN_DISTRICTS && value.every(isId);
}

function seconds(claim: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw malformed(claim, value, 'whole seconds');
  return value;
}

function malformed(claim: string, got: unknown, expected: string): BeatwatchError {
  return fault('token-malformed', `${claim}: got ${shown(got)}, expected ${expected}`, { claim });
}

/** A value from a token as a message may show it. */
function shown(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value).slice(0, 80);
}

function fault(
  code: TokenFault,
  message: string,
  details: Record<string, unknown> = {},
  cause?: unknown,
): BeatwatchError {
  return new BeatwatchError(code, message, details, cause === undefined ? {} : { cause });
}
