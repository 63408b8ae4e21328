import { BeatwatchError, messageOf } from '../model/errors.js';
import { MAX_TRACKER_TOKEN_S } from '../model/limits.js';
import { type Holder, holderOf, type Identity } from '../model/roles.js';
import type { RedisConnection } from '../redis/connection.js';
import { runScript } from '../redis/script.js';
import { hotKeys } from './keys.js';
import { revokeScript } from './scripts.js';

/** Revocations that one district may have at once, of tokens and of holders each. */
export const MAX_REVOCATIONS = 100_000;

/** What is known of a district's revoked tokens, as of a number of changes to them. */
interface Known {
  changes: string | null;
  /** Token ids, by when no token can be left that has the id, ms. */
  untilMs: Map<string, number>;
  /** Holders, by when all their tokens were revoked, ms. */
  madeUntilMs: Map<string, number>;
}

/**
 * Revoked tokens of every district that some token covers, whether this process serves it or not. They only grow: an id is kept
 * until the longest-lived token of today has ended, whatever end was named, and an end is only ever moved away.
 *
 * An admin revokes in the name of a district. A token is revoked when one of the districts that it covers has its id, and then it
 * is good nowhere; an id in a district that the token does not cover means nothing to it. All tokens of a holder are revoked at
 * once by when they were made: a new one, made in a later second, is good.
 */
export class Revocations {
  readonly #query: RedisConnection;
  readonly #nowMs: () => number;
  readonly #districts = new Map<string, Known>();

  /** @param o.nowMs the machine's time: tokens end by it */
  constructor(o: { readonly query: RedisConnection; readonly nowMs: () => number }) {
    this.#query = o.query;
    this.#nowMs = o.nowMs;
  }

  /** Revokes tokens, and all tokens of a holder, in the name of one district. */
  of(district: string) {
    return {
      revoke: (tokenId: string, expiresAtMs: number) => this.revoke(district, tokenId, expiresAtMs),
      revokeHolder: (holder: Holder) => this.revokeHolder(district, holder),
    };
  }

  /** Durable in the store, and known here, when it resolves. Throws `too-many-revocations` at MAX_REVOCATIONS. */
  async revoke(district: string, tokenId: string, expiresAtMs: number): Promise<void> {
    const nowMs = this.#nowMs();
    const untilMs = Math.max(expiresAtMs, nowMs + MAX_TRACKER_TOKEN_S * 1_000);
    const { revoked, revocations } = hotKeys(district);
    const taken = await runScript(
      this.#query,
      revokeScript,
      [revoked, revocations],
      [tokenId, untilMs, nowMs, MAX_REVOCATIONS],
    );
    if (taken !== 1) throw tooMany(district);
    (await this.#known(district)).untilMs.set(tokenId, untilMs);
  }

  /**
   * Revokes every token of a tracker or of a person that was made until now; answers that instant. Durable in the store, and known
   * here, when it resolves. Throws `too-many-revocations` at MAX_REVOCATIONS.
   */
  async revokeHolder(district: string, holder: Holder): Promise<number> {
    const madeUntilMs = this.#nowMs();
    const { revokedHolders, revocations } = hotKeys(district);
    const name = nameOf(holder);
    const endedMs = madeUntilMs - MAX_TRACKER_TOKEN_S * 1_000;
    const taken = await runScript(
      this.#query,
      revokeScript,
      [revokedHolders, revocations],
      [name, madeUntilMs, endedMs, MAX_REVOCATIONS],
    );
    if (taken !== 1) throw tooMany(district);
    const { madeUntilMs: known } = await this.#known(district);
    known.set(name, Math.max(madeUntilMs, known.get(name) ?? 0));
    return madeUntilMs;
  }

  /** Reads what is not known yet of these districts. Throws `state-unavailable` when it cannot be read: then nothing is known. */
  async learn(districts: readonly string[]): Promise<void> {
    try {
      await Promise.all(districts.map((district) => this.#known(district)));
    } catch (error) {
      throw new BeatwatchError(
        'state-unavailable',
        `revoked tokens: got ${messageOf(error)}, expected the store to say which there are`,
        {},
        { cause: error },
      );
    }
  }

  /** Whether a token is revoked, by what was learned of its districts so far. */
  isRevoked(identity: Omit<Identity, 'expiresAtMs'>): boolean {
    return identity.districts.some((district) => revokes(this.#districts.get(district), identity));
  }

  /** Reads again what has changed of every district that is known. */
  async refresh(): Promise<void> {
    await Promise.all([...this.#districts].map(([district, known]) => this.#read(district, known)));
  }

  async #known(district: string): Promise<Known> {
    const before = this.#districts.get(district);
    if (before !== undefined) return before;
    const known: Known = { changes: null, untilMs: new Map(), madeUntilMs: new Map() };
    await this.#read(district, known);
    const meanwhile = this.#districts.get(district);
    if (meanwhile !== undefined) return meanwhile;
    this.#districts.set(district, known);
    return known;
  }

  /** What was known stays: a store that lost a revocation must not give the token back. */
  async #read(district: string, known: Known): Promise<void> {
    const { revoked, revokedHolders, revocations } = hotKeys(district);
    const changes = (await this.#query.get(revocations)) ?? '0';
    if (changes === known.changes) return;
    const pairs = await this.#query.zrange(revoked, '0', '-1', 'WITHSCORES');
    const holders = await this.#query.zrange(revokedHolders, '0', '-1', 'WITHSCORES');
    const nowMs = this.#nowMs();
    for (const [tokenId, untilMs] of known.untilMs) if (untilMs <= nowMs) known.untilMs.delete(tokenId);
    addTo(known.untilMs, pairs);
    addTo(known.madeUntilMs, holders);
    known.changes = changes;
  }
}

function addTo(known: Map<string, number>, pairs: readonly string[]): void {
  for (let i = 0; i < pairs.length; i += 2) known.set(pairs[i] ?? '', Number(pairs[i + 1]));
}

function revokes(known: Known | undefined, identity: Omit<Identity, 'expiresAtMs'>): boolean {
  if (known === undefined) return false;
  const madeUntilMs = known.madeUntilMs.get(nameOf(holderOf(identity))) ?? Number.NEGATIVE_INFINITY;
  return known.untilMs.has(identity.tokenId) || identity.issuedAtMs <= madeUntilMs;
}

/** As the store has it. */
function nameOf(holder: Holder): string {
  return 'tracker' in holder ? `tracker:${holder.tracker}` : `person:${holder.person}`;
}

function tooMany(district: string): BeatwatchError {
  const message = `got one revocation more than the ${MAX_REVOCATIONS} that a district may have, expected an exchange of keys instead`;
  return new BeatwatchError('too-many-revocations', message, { district });
}
