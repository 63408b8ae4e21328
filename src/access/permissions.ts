import { BeatwatchError } from '../model/errors.js';
import type { Identity, Role } from '../model/roles.js';

/**
 * Who may do what, as data: every route and socket names one of these, and nothing else decides.
 * - `open`: anybody who reaches the port; the answer holds nothing of a district.
 * - `loopback-or-token`: peers on the loopback interface without a token, others as `token`.
 * - `token`: the token has one of the roles and, where `district` is true, covers the district that is asked for.
 */
export const PERMISSIONS = {
  /** The trackers' socket; the district is the token's. */
  ingest: { access: 'token', roles: ['tracker'], district: true },
  /** A plain request to the trackers' socket is told to upgrade, whoever asks. */
  'ingest-advice': { access: 'open', roles: [], district: false },
  /** The live socket of a district. */
  live: { access: 'token', roles: ['supervisor', 'admin'], district: true },
  /** A one-use ticket for the live socket; it carries the asking identity. */
  ticket: { access: 'token', roles: ['supervisor', 'admin'], district: false, isBlind: true },
  /** District, plan, places, roads, units, positions, coverage, nearest units, tasks, rosters, fixes, visits, alerts, settled days, reports, notices. */
  read: { access: 'token', roles: ['supervisor', 'auditor', 'admin'], district: true },
  /** Traces, presence in areas, visits and alerts of any age; what another plan would have told. */
  trace: { access: 'token', roles: ['auditor', 'admin'], district: true },
  /** The list of districts: those of the token. */
  'read-districts': { access: 'token', roles: ['supervisor', 'auditor', 'admin'], district: false },
  /** An action on an alert stands under a supervisor's name. */
  act: { access: 'token', roles: ['supervisor'], district: true },
  /** A plan is drafted and published, and an operation order made and ended, by who runs the district, under that name. */
  plan: { access: 'token', roles: ['admin'], district: true },
  /** Has a message about an alert sent once more, under the person's name. */
  'send-notice': { access: 'token', roles: ['supervisor', 'admin'], district: true },
  /** A task stands under a supervisor's name. */
  task: { access: 'token', roles: ['supervisor'], district: true },
  /** Who crews which unit is said by who plans the shifts, under that name. */
  roster: { access: 'token', roles: ['supervisor', 'admin'], district: true },
  /** A statement about what was heard of a unit by radio stands under a supervisor's name. */
  statement: { access: 'token', roles: ['supervisor'], district: true },
  /** Moves a virtual clock. */
  clock: { access: 'token', roles: ['admin'], district: true, isBlind: true },
  /** Takes a token of the district out of use before its end. */
  revoke: { access: 'token', roles: ['admin'], district: true, isBlind: true },
  /** Who looked at what. */
  accesses: { access: 'token', roles: ['auditor', 'admin'], district: true },
  /** Who looked at the tracker's own unit. */
  'own-accesses': { access: 'token', roles: ['tracker'], district: true },
  /** Looks at entries that could not be folded, and clears them. */
  skipped: { access: 'token', roles: ['admin'], district: true },
  /** Looks at what is gone from the record, and accepts it. */
  record: { access: 'token', roles: ['admin'], district: true },
  /** What the archive has come to. */
  archive: { access: 'token', roles: ['auditor', 'admin'], district: true },
  /** Numbers about the process; a scraper on the same machine needs no token. */
  metrics: { access: 'loopback-or-token', roles: ['admin'], district: false, isBlind: true },
  /** `/healthz`, `/readyz`. */
  health: { access: 'open', roles: [], district: false },
  /** The files of the console's page, which hold nothing of a district. */
  console: { access: 'open', roles: [], district: false },
  /** Where the ground under the console's map comes from: an address may hold the bureau's key. */
  'map-tiles': { access: 'token', roles: ['supervisor', 'auditor', 'admin'], district: false, isBlind: true },
  /** OpenAPI and JSON Schema: public documentation. */
  documentation: { access: 'open', roles: [], district: false },
} as const satisfies Readonly<Record<string, Permission>>;

export interface Permission {
  readonly access: 'open' | 'loopback-or-token' | 'token';
  readonly roles: readonly Role[];
  /** Whether the token must cover the district that is asked for. */
  readonly district: boolean;
  /** A success shows nothing of a district: no read is recorded. Any other success must leave an access entry. */
  readonly isBlind?: boolean;
}
export type PermissionName = keyof typeof PERMISSIONS;

/**
 * Throws unless the identity may: `token-role` when its role is not among the permission's, `token-district` when its token
 * does not cover the district. Role first, so that nobody learns which districts there are. Open permissions let everybody
 * pass. A permission that asks for a district throws `token-district` for null too.
 */
export function authorize(identity: Identity, permission: Permission, district: string | null): void {
  if (permission.access === 'open') return;
  const { role, districts, subject } = identity;
  if (!permission.roles.includes(role)) {
    const message = `role of ${subject}: got ${role}, expected ${permission.roles.join(' or ')}`;
    throw new BeatwatchError('token-role', message, { role, expected: permission.roles });
  }
  if (permission.district && (district === null || !districts.includes(district))) {
    const message = `districts of ${subject}: got ${districts.join(', ')}, expected ${district ?? 'a district to be named'}`;
    throw new BeatwatchError('token-district', message, { district });
  }
}
