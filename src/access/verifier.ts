import { createHash } from 'node:crypto';
import type { Identity } from '../model/roles.js';
import type { PublicKeys } from './keys.js';
import { MAX_REMEMBERED_TOKENS } from './limits.js';
import { verifyToken } from './tokens.js';

export interface Verifier {
  /** As `verifyToken`; a token that was good costs no second signature. */
  verify(token: string): Promise<Identity>;
  /** Whether this token was found good before, by the keys of now, and has not ended. */
  isKnown(token: string): boolean;
}

/**
 * Verifies tokens, and remembers the last MAX_REMEMBERED_TOKENS good ones by their hash until they end or the keys are others.
 *
 * @param keys asked each time: keys may be exchanged while the process runs
 */
export function createVerifier(keys: () => PublicKeys, nowMs: () => number): Verifier {
  const good = new Map<string, Identity>();
  let verifiedWith = keys();

  const known = (hash: string): Identity | null => {
    if (keys() !== verifiedWith) {
      good.clear();
      verifiedWith = keys();
    }
    const identity = good.get(hash) ?? null;
    if (identity === null || nowMs() < identity.expiresAtMs) return identity;
    good.delete(hash);
    return null;
  };

  return {
    isKnown: (token) => known(hashOf(token)) !== null,
    verify: async (token) => {
      const hash = hashOf(token);
      const before = known(hash);
      if (before !== null) return before;
      const used = keys();
      const identity = await verifyToken(token, used, { nowMs: nowMs() });
      if (used !== keys()) return identity;
      good.set(hash, identity);
      if (good.size > MAX_REMEMBERED_TOKENS) {
        const [oldest] = good.keys();
        if (oldest !== undefined) good.delete(oldest);
      }
      return identity;
    },
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
