import type { Rate } from '../model/rate-gate.js';

/** What may be asked before anybody has shown a good token, by address: caps and rates, one named constant each, inclusive. */

/** Connections of one process: every tracker, every live socket, and room for requests. */
export const MAX_CONNECTIONS = 26_000;
/** Connections on which no good token was shown yet. With one more, the oldest of the address that has most is cut. */
export const MAX_UNKNOWN_CONNECTIONS = 2_000;
/** Such connections of one address; with one more, its oldest is cut. Addresses of trusted proxies have no such cap. */
export const MAX_UNKNOWN_CONNECTIONS_PER_ADDRESS = 500;
/** Addresses, and tokens, whose rates are remembered; with one more the longest unheard of is forgotten. */
export const MAX_REMEMBERED_ASKERS = 10_000;
/** Good tokens that are remembered, so that they are let in though others at their address are not. */
export const MAX_REMEMBERED_TOKENS = 30_000;

/** New connections of one address; those above are cut without an answer. Not for the addresses of trusted proxies. */
export const CONNECTION_RATE: Rate = { burst: 2_000, perSecond: 200 };
/** So many new connections one costs that had to be cut for what it sent. */
export const CUT_COST = 20;
/** Requests for `/healthz`, `/readyz` and, from this machine, `/metrics`, of one address. */
export const HEALTH_RATE: Rate = { burst: 600, perSecond: 100 };
/** Requests for the public documents of one address. */
export const DOCUMENT_RATE: Rate = { burst: 60, perSecond: 5 };
/** Requests and upgrades of one address that were refused before it was known who asks, or ask for what is not there. */
export const REFUSAL_RATE: Rate = { burst: 300, perSecond: 20 };
/** Upgrades with one good token that were refused. */
export const TOKEN_REFUSAL_RATE: Rate = { burst: 60, perSecond: 1 };
