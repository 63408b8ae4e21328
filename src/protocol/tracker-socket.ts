/** The trackers' socket: where it is, what it speaks, and how it refuses. */
export const TRACKER_PATH = '/v1/ingest';
export const TRACKER_SUBPROTOCOL = 'beatwatch.tracker.v1';

/** An answer to an upgrade request that is not 101: HTTP status, JSON body `{code, message}`. */
export const UPGRADE_REFUSALS = {
  'method-not-allowed': { status: 405, meaning: 'Only GET is upgraded.' },
  'upgrade-required': { status: 426, meaning: 'Not a WebSocket request of version 13.' },
  'websocket-handshake': { status: 400, meaning: 'A header of the handshake is malformed.' },
  'subprotocol-required': { status: 400, meaning: 'The subprotocol `beatwatch.tracker.v1` was not offered.' },
  'not-found': { status: 404, meaning: 'No socket is served at this path.' },
  'token-missing': { status: 401, meaning: 'There is no `Authorization: Bearer` header.' },
  'token-malformed': { status: 401, meaning: 'The token is no EdDSA JWT with the claims that are needed.' },
  'token-signature': { status: 401, meaning: 'No key of this server made the token.' },
  'token-expired': { status: 401, meaning: 'The token came to the end of its life.' },
  'token-too-long-lived': { status: 401, meaning: 'The token lives longer than this server allows.' },
  'token-revoked': { status: 401, meaning: 'The token was revoked.' },
  'token-role': { status: 403, meaning: "The token's role is not `tracker`." },
  'token-district': { status: 403, meaning: 'No district of the token is served here.' },
  'tracker-unknown': { status: 403, meaning: "No unit of the plan has this tracker (the token's subject)." },
  'too-many-connects': { status: 429, meaning: 'The tracker connects too often.' },
  'rate-limited': { status: 429, meaning: 'This address, or this token, was refused too often; wait.' },
  internal: { status: 500, meaning: 'A fault of the server; it is in its log.' },
  'shutting-down': { status: 503, meaning: 'The server stops.' },
  'too-many-connections': { status: 503, meaning: 'This server has as many tracker sockets as it may.' },
  'district-unavailable': { status: 503, meaning: "The district's plan or store cannot be read now." },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly meaning: string }>>;

export type UpgradeRefusalCode = keyof typeof UPGRADE_REFUSALS;
