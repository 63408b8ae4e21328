import type { PermissionName } from '../access/permissions.js';

/** Every route and the permission that it asks for. A route that is not here cannot be registered. */
export const ROUTES = {
  'GET /': 'console',
  'GET /assets/:file': 'console',
  'GET /v1/map-tiles': 'map-tiles',
  'GET /healthz': 'health',
  'GET /readyz': 'health',
  'GET /metrics': 'metrics',
  'GET /v1/openapi.json': 'documentation',
  'GET /v1/schemas': 'documentation',
  'GET /v1/asyncapi.json': 'documentation',
  'GET /v1/tracker.proto': 'documentation',
  'GET /v1/ingest': 'ingest-advice',
  'POST /v1/ticket': 'ticket',
  'GET /v1/districts': 'read-districts',
  'GET /v1/districts/:district': 'read',
  'GET /v1/districts/:district/plan': 'read',
  'GET /v1/districts/:district/places': 'read',
  'GET /v1/districts/:district/roads': 'read',
  'GET /v1/districts/:district/units': 'read',
  'GET /v1/districts/:district/units/:unit': 'read',
  'GET /v1/districts/:district/units/:unit/fixes': 'read',
  'POST /v1/districts/:district/units/:unit/statement': 'statement',
  'GET /v1/districts/:district/positions': 'read',
  'GET /v1/districts/:district/coverage': 'read',
  'GET /v1/districts/:district/nearest-units': 'read',
  'GET /v1/districts/:district/visits': 'read',
  'GET /v1/districts/:district/days': 'read',
  'GET /v1/districts/:district/days/:day': 'read',
  'GET /v1/districts/:district/alerts': 'read',
  'GET /v1/districts/:district/alerts/:alertId': 'read',
  'POST /v1/districts/:district/alerts/:alertId/acknowledge': 'act',
  'POST /v1/districts/:district/alerts/:alertId/comment': 'act',
  'POST /v1/districts/:district/alerts/:alertId/shelve': 'act',
  'POST /v1/districts/:district/alerts/:alertId/unshelve': 'act',
  'POST /v1/districts/:district/alerts/:alertId/resolve': 'act',
  'GET /v1/districts/:district/traces': 'trace',
  'GET /v1/districts/:district/places/:place/presence': 'trace',
  'POST /v1/districts/:district/presence': 'trace',
  'GET /v1/districts/:district/places/:place/visits': 'trace',
  'GET /v1/districts/:district/alert-versions': 'trace',
  'GET /v1/districts/:district/reports': 'read',
  'GET /v1/districts/:district/reports/:report': 'read',
  'GET /v1/districts/:district/packs/:day': 'read',
  'GET /v1/districts/:district/tasks': 'read',
  'POST /v1/districts/:district/tasks': 'task',
  'POST /v1/districts/:district/tasks/:taskId/close': 'task',
  'GET /v1/districts/:district/live': 'live',
  'POST /v1/districts/:district/clock': 'clock',
  'POST /v1/districts/:district/revocations': 'revoke',
  'GET /v1/districts/:district/skipped': 'skipped',
  'POST /v1/districts/:district/skipped/:logId/clear': 'skipped',
  'GET /v1/districts/:district/accesses': 'accesses',
  'GET /v1/districts/:district/own-accesses': 'own-accesses',
  'GET /v1/districts/:district/record': 'record',
  'POST /v1/districts/:district/record/accept': 'record',
  'GET /v1/districts/:district/archive/head': 'archive',
} as const satisfies Readonly<Record<string, PermissionName>>;

/** `<method> <path>`. */
export type RouteName = keyof typeof ROUTES;

export function permissionNameOf(route: string): PermissionName {
  if (!Object.hasOwn(ROUTES, route)) throw new Error(`bug: route ${route} is not in the route table`);
  return ROUTES[route as RouteName];
}
