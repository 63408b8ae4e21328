/** The trackers' socket: where it is, what it speaks, and how it refuses. */
export const TRACKER_PATH = '/v1/ingest';
export const TRACKER_SUBPROTOCOL = 'beatwatch.tracker.v1';

/** An answer to an upgrade request that is not 101: HTTP status, JSON body `{code, message}`. */
export const UPGRADE_REFUSALS = {
  'method-not-allowed': { status: 405, meaning: 'The method is not GET.' },
  'upgrade-required': { status: 426, meaning: 'The request is not a WebSocket upgrade of version 13.' },
  'websocket-handshake': { status: 400, meaning: 'A header of the handshake is malformed.' },
  'subprotocol-required': {
    status: 400,
    meaning: 'The request does not offer the subprotocol `beatwatch.tracker.v1`.',
  },
  'not-found': { status: 404, meaning: 'This server has no socket at this path.' },
  'token-missing': { status: 401, meaning: 'The request has no `Authorization: Bearer` header.' },
  'token-malformed': { status: 401, meaning: 'The token is not an EdDSA JWT with the required claims.' },
  'token-signature': { status: 401, meaning: 'No key that this server knows signed the token.' },
  'token-expired': { status: 401, meaning: 'The token has expired.' },
  'token-too-long-lived': { status: 401, meaning: 'The token lives longer than this server allows.' },
  'token-revoked': { status: 401, meaning: 'Somebody revoked the token.' },
  'token-role': { status: 403, meaning: "The token's role is not `tracker`." },
  'token-district': { status: 403, meaning: 'This server has no district that the token covers.' },
  'tracker-unknown': { status: 403, meaning: "No unit of the plan has this tracker (the token's subject)." },
  'too-many-connects': { status: 429, meaning: 'The tracker connects too often; wait before the next attempt.' },
  'rate-limited': {
    status: 429,
    meaning: 'The server refused this address, or this token, too often; wait before the next attempt.',
  },
  internal: { status: 500, meaning: 'A fault of the server; its log describes it.' },
  'shutting-down': { status: 503, meaning: 'The server is shutting down.' },
  'too-many-connections': { status: 503, meaning: 'This server has as many tracker sockets as it may have.' },
  'district-unavailable': { status: 503, meaning: "The server cannot read the district's plan or store now." },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly meaning: string }>>;

export type UpgradeRefusalCode = keyof typeof UPGRADE_REFUSALS;
