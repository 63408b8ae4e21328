import type { TestedBreak } from './tested-breaks.js';

const REVOCATIONS = 'test/hot/revocations.test.ts';
const TOKENS = 'test/access/tokens.test.ts';

const LIVE_SERVER = 'api/live/live-server.js';

/** Who a token speaks for, and until when. */
export const TOKEN_BREAKS = {
  'revocations-learned': {
    what: 'a process that does not serve a district never asks what was revoked under it',
    patches: [{ module: 'app.js', find: 'await revocations.learn(identity.districts);', replace: '' }],
    seenBy: 'test/e2e/revocation.test.ts',
    title: 'a token that is revoked under one district is out of use in a process that serves the other',
  },
  'token-header': {
    what: 'a token whose header says more than the server reads is believed (b64, crit)',
    patches: [{ module: 'access/tokens.js', find: 'refuseOtherMembers(header);', replace: '' }],
    seenBy: TOKENS,
    title: 'tokens that are not what they say',
  },
  'clean-subjects': {
    what: 'the subject of a token may hold what nobody can see',
    patches: [{ module: 'access/tokens.js', find: '&& parseText(value) === value', replace: '' }],
    seenBy: TOKENS,
    title: 'claims that are missing or wrong',
  },
  'key-modes': {
    what: 'a private key that everybody reads is taken without a word',
    patches: [
      {
        module: 'access/keys.js',
        find: "if ((mode & refused) === 0 || process.platform === 'win32')",
        replace: 'if (true)',
      },
    ],
    seenBy: TOKENS,
    title: 'keys that others can read, or write, are refused in plain words',
  },
  'revocations-only-grow': {
    what: 'a second revocation with an earlier end shortens the first',
    patches: [
      { module: 'hot/scripts.js', find: "'ZADD', KEYS[1], 'GT', ARGV[2]", replace: "'ZADD', KEYS[1], ARGV[2]" },
    ],
    seenBy: REVOCATIONS,
    title: 'a revocation outlives every token, whatever end was named, and nothing undoes it',
  },
  'revocations-outlive-tokens': {
    what: 'a revocation ends when it says, before the token does',
    patches: [
      {
        module: 'hot/revocations.js',
        find: 'Math.max(expiresAtMs, nowMs + MAX_TRACKER_TOKEN_S * 1_000)',
        replace: 'expiresAtMs',
      },
    ],
    seenBy: REVOCATIONS,
    title: 'a revocation outlives every token, whatever end was named, and nothing undoes it',
  },
  'revoked-holders': {
    what: 'a revocation of a tracker or a person revokes nothing',
    patches: [{ module: 'hot/revocations.js', find: 'identity.issuedAtMs <= madeUntilMs', replace: 'false' }],
    seenBy: REVOCATIONS,
    title: 'all tokens of a tracker, or of a person, that were made until now are revoked at once',
  },
  'revocation-scope': {
    what: 'an admin of one district revokes tokens of another',
    patches: [
      {
        module: 'hot/revocations.js',
        find: 'return identity.districts.some((district) => revokes(this.#districts.get(district), identity));',
        replace: 'return [...this.#districts.values()].some((known) => revokes(known, identity));',
      },
    ],
    seenBy: REVOCATIONS,
    title: 'a token is revoked by a district that it covers, and then everywhere',
  },
  'revocation-everywhere': {
    what: 'a token of two districts that is revoked under one is good under the other',
    patches: [
      {
        module: 'hot/revocations.js',
        find: 'return identity.districts.some((district) =>',
        replace: 'return identity.districts.slice(0, 1).some((district) =>',
      },
    ],
    seenBy: REVOCATIONS,
    title: 'a token is revoked by a district that it covers, and then everywhere',
  },
  'revocation-sweep': {
    what: 'the live socket of a revoked token stays open',
    patches: [
      {
        module: LIVE_SERVER,
        find: "if (this.#deps.isRevoked(session.identity)) session.close('token-revoked');",
        replace: '',
      },
    ],
    seenBy: 'test/api/live-limits.test.ts',
    title: 'a socket ends with its token: expired or revoked',
  },
  'revocation-in-time': {
    what: 'another process hears of a revocation after a minute',
    patches: [
      {
        module: 'app.js',
        find: 'const REVOCATIONS_REFRESH_MS = 500;',
        replace: 'const REVOCATIONS_REFRESH_MS = 60_000;',
      },
    ],
    seenBy: 'test/e2e/revocation.test.ts',
    title: 'a token that is revoked under one district is out of use in a process that serves the other',
  },
  'tokens-not-shown': {
    what: 'an error shows the token that somebody put into a query',
    patches: [
      { module: 'api/validation.js', find: "SECRET_NAME.test(name) && !name.endsWith('tokenId')", replace: 'false' },
      { module: 'api/errors.js', find: "text.includes('eyJ')", replace: 'false' },
    ],
    seenBy: 'test/api/requests.test.ts',
    title: 'a token or a ticket that stands where it does not belong is not shown in the answer',
  },
} as const satisfies Record<string, TestedBreak>;
