import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { authorize, PERMISSIONS, type Permission } from '../access/permissions.js';
import { BeatwatchError } from '../model/errors.js';
import type { Identity } from '../model/roles.js';
import { routeOf } from './context.js';
import type { ApiDeps } from './deps.js';
import { apiError } from './errors.js';
import { permissionNameOf } from './route-table.js';

/**
 * Leaves the identity on the request, or throws with a code of 401 or `rate-limited`. Unknown routes pass, to be answered 404. What
 * an address may ask for without a good token is limited before any work.
 */
export async function admitRequest(deps: ApiDeps, request: FastifyRequest): Promise<void> {
  const { door } = deps;
  const { raw } = request;
  if (request.routeOptions.url === undefined || request.is404) {
    refuseHaste(door.refuseStranger(raw));
    return;
  }
  const name = permissionNameOf(routeOf(request));
  const { access }: Permission = PERMISSIONS[name];
  if (access === 'open' || (access === 'loopback-or-token' && isFromLoopback(raw))) {
    refuseHaste(door.ask(name === 'documentation' ? 'documentation' : 'health', raw));
    return;
  }
  request.identity = await identify(deps, raw);
  door.know(raw.socket);
}

/** Throws with a code of 403 unless the identity may do what the route does. */
export function authorizeRequest(request: FastifyRequest): void {
  if (request.identity === null) return;
  const { district } = request.params as { district?: string };
  authorize(request.identity, PERMISSIONS[permissionNameOf(routeOf(request))], district ?? null);
}

/** Throws `rate-limited` when there is something to wait for. */
export function refuseHaste(waitMs: number): void {
  if (waitMs === 0) return;
  const message = `this address has made too many requests without a good token; wait ${waitMs} ms`;
  throw apiError('rate-limited', message, { retryAfterMs: waitMs });
}

/** Who the header `Authorization: Bearer <token>` of a request speaks for; a refusal counts against its address. */
export async function identify(deps: AuthenticateDeps, request: IncomingMessage): Promise<Identity> {
  const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  const isKnown = token !== undefined && deps.isKnown(token);
  if (!isKnown) refuseHaste(deps.door.strangerWaitMs(request));
  try {
    return await verified(deps, token, request.headers.authorization);
  } catch (error) {
    if (isTokenFault(error)) refuseHaste(deps.door.refuseStranger(request));
    throw error;
  }
}

/** Whether somebody was refused for the token; a store that is away is nobody's fault. */
export function isTokenFault(error: unknown): boolean {
  return error instanceof BeatwatchError && /^(token|ticket)-/.test(error.code);
}

type AuthenticateDeps = Pick<ApiDeps, 'verify' | 'isKnown' | 'isRevoked' | 'door'>;

async function verified(
  deps: AuthenticateDeps,
  token: string | undefined,
  header: string | undefined,
): Promise<Identity> {
  if (token === undefined) {
    const got = header === undefined ? 'no Authorization header' : 'another Authorization header';
    throw apiError('token-missing', `got ${got}, expected Authorization: Bearer <token>`);
  }
  const identity = await deps.verify(token);
  refuseRevoked(deps, identity);
  return identity;
}

export function refuseRevoked({ isRevoked }: Pick<ApiDeps, 'isRevoked'>, identity: Identity): void {
  if (!isRevoked(identity)) return;
  throw new BeatwatchError('token-revoked', `token ${identity.tokenId} was revoked; ask for a new token`);
}

/** A request that a proxy on this machine passed on is not from this machine. */
export function isFromLoopback({ socket, headers }: IncomingMessage): boolean {
  const passedOn = headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined;
  return !passedOn && /^(127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? '');
}
