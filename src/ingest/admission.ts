import type { IncomingMessage } from 'node:http';
import type { Identity } from '../model/roles.js';
import type { IngestDistrict, TrackerInfo } from './ports.js';
import { TRACKER_PATH, TRACKER_SUBPROTOCOL, type UpgradeRefusalCode } from '../protocol/tracker-socket.js';

export interface UpgradeRefusal {
  readonly kind: 'refused';
  readonly code: UpgradeRefusalCode;
  readonly message: string;
}

export interface Admission {
  readonly kind: 'admitted';
  readonly identity: Identity;
  readonly districtId: string;
  readonly district: IngestDistrict;
  readonly info: TrackerInfo;
}

/** What a request to upgrade says, before anybody is asked who sent it. */
export function readUpgrade(
  request: IncomingMessage,
): { readonly kind: 'asked'; readonly token: string } | UpgradeRefusal {
  const { method, url = '', headers } = request;
  const path = url.split('?', 1)[0];
  if (path !== TRACKER_PATH) return refused('not-found', `path: got ${path}, expected ${TRACKER_PATH}`);
  if (method !== 'GET') return refused('method-not-allowed', `method: got ${method}, expected GET`);
  const version = headers['sec-websocket-version'];
  if (headers.upgrade?.toLowerCase() !== 'websocket' || version !== '13') {
    const got = `Upgrade: ${headers.upgrade ?? '(none)'}, version ${version ?? '(none)'}`;
    return refused('upgrade-required', `got ${got}, expected Upgrade: websocket, version 13`);
  }
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  if (!offered.includes(TRACKER_SUBPROTOCOL)) {
    const got = offered.join(', ') || '(none)';
    return refused('subprotocol-required', `subprotocol: got ${got}, expected ${TRACKER_SUBPROTOCOL}`);
  }
  const { authorization } = headers;
  if (authorization === undefined) return refused('token-missing', 'Authorization: got none, expected Bearer <token>');
  const token = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1];
  if (token === undefined)
    return refused('token-malformed', 'Authorization: got something else, expected Bearer <token>');
  return { kind: 'asked', token };
}

/** Which district a verified identity reports to: the first of its token's districts whose plan has the tracker. */
export function admit(identity: Identity, districts: ReadonlyMap<string, IngestDistrict>): Admission | UpgradeRefusal {
  const { subject, role, districts: districtIds } = identity;
  if (role !== 'tracker') return refused('token-role', `role: got ${role}, expected tracker`);
  let served = false;
  for (const districtId of districtIds) {
    const district = districts.get(districtId);
    if (district === undefined) continue;
    served = true;
    const trackers = district.trackers();
    if (trackers === null)
      return refused('district-unavailable', `district ${districtId}: its plan is not known here yet`);
    const info = trackers.get(subject);
    if (info !== undefined) return { kind: 'admitted', identity, districtId, district, info };
  }
  const got = districtIds.join(', ') || '(none)';
  if (!served) return refused('token-district', `districts of the token: got ${got}, expected one that is served here`);
  return refused('tracker-unknown', `tracker ${subject}: got a tracker that no unit of ${got} has`);
}

export function refused(code: UpgradeRefusalCode, message: string): UpgradeRefusal {
  return { kind: 'refused', code, message };
}
