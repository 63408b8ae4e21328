import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { authorize, PERMISSIONS, type Permission } from '../access/permissions.js';
import { BeatwatchError } from '../model/errors.js';
import type { Identity } from '../model/roles.js';
import { routeOf } from './context.js';
import type { ApiDeps } from './deps.js';
import { apiError } from './errors.js';
import { permissionNameOf } from './route-table.js';

/** Leaves the identity on the request, or throws with a code of 401 or 403. Unknown routes pass, to be answered 404. */
export async function authenticate(deps: ApiDeps, request: FastifyRequest): Promise<void> {
  if (request.routeOptions.url === undefined || request.is404) return;
  const permission: Permission = PERMISSIONS[permissionNameOf(routeOf(request))];
  if (permission.access === 'open') return;
  if (permission.access === 'loopback-or-token' && isFromLoopback(request.raw)) return;
  const identity = await identify(deps, request.headers.authorization);
  const { district } = request.params as { district?: string };
  authorize(identity, permission, district ?? null);
  request.identity = identity;
}

/** Who a header `Authorization: Bearer <token>` speaks for. */
export async function identify(
  deps: Pick<ApiDeps, 'verify' | 'isRevoked'>,
  header: string | undefined,
): Promise<Identity> {
  const token = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (token === undefined) {
    const got = header === undefined ? 'no Authorization header' : 'another Authorization header';
    throw apiError('token-missing', `got ${got}, expected Authorization: Bearer <token>`);
  }
  const identity = await deps.verify(token);
  refuseRevoked(deps, identity);
  return identity;
}

export function refuseRevoked({ isRevoked }: Pick<ApiDeps, 'isRevoked'>, { tokenId }: Identity): void {
  if (isRevoked(tokenId))
    throw new BeatwatchError('token-revoked', `token ${tokenId}: got one that was revoked, expected another`);
}

/** A request that a proxy on this machine passed on is not from this machine. */
export function isFromLoopback({ socket, headers }: IncomingMessage): boolean {
  const passedOn = headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined;
  return !passedOn && /^(127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? '');
}
