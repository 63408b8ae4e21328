import { newDistrict } from '../district/new-district.js';
import { readTexts } from '../district/read-folder.js';
import type { RouteName } from './route-table.js';

/** What a route is called in generated clients, and a request that may be sent to the district of `fixtures/example`. */
export interface Operation {
  readonly id: string;
  /** Values of path parameters, by their names. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

const district = 'example';
const path = { district };
/** As the engine raises them on 2026-11-24, when car-1 says nothing from the beginning of its duty, and then calls for help. */
const SILENCE = { district, alertId: 'tracker-silence:car-1:1795480260000:1795480320000-0' };
const CALL = { district, alertId: 'sos:car-1:1795480380000:1795480385000-1' };
const NOON = '2026-11-24T12:00:00+08:00';
/** As `beatwatch district new` makes them. */
const FILES = newDistrict({
  id: district,
  nameZh: '示例辖区',
  nameEn: 'Example district',
  timeZone: 'Asia/Shanghai',
  lng: 116.06,
  lat: 24.27,
});
const FROM = '2026-11-24T08:30:00+08:00';

/** Every route; a test sends each example to a live server. */
export const OPERATIONS: Readonly<Record<RouteName, Operation>> = {
  'GET /': { id: 'getConsole' },
  'GET /assets/:file': { id: 'getConsoleFile', path: { file: 'page.js' } },
  'GET /v1/map-tiles': { id: 'getMapTiles' },
  'GET /healthz': { id: 'getHealth' },
  'GET /readyz': { id: 'getReadiness' },
  'GET /metrics': { id: 'getMetrics' },
  'GET /v1/openapi.json': { id: 'getOpenApi' },
  'GET /v1/schemas': { id: 'getSchemas' },
  'GET /v1/asyncapi.json': { id: 'getAsyncApi' },
  'GET /v1/tracker.proto': { id: 'getTrackerProto' },
  'GET /v1/ingest': { id: 'openTrackerSocket' },
  'POST /v1/ticket': { id: 'createTicket' },
  'GET /v1/districts': { id: 'listDistricts', query: { purpose: 'case-7' } },
  'GET /v1/districts/:district': { id: 'getDistrict', path },
  'GET /v1/districts/:district/plan': { id: 'getPlan', path },
  'PUT /v1/districts/:district/plan': { id: 'draftPlan', path, body: { files: FILES } },
  'POST /v1/districts/:district/plan/publish': {
    id: 'publishPlan',
    path,
    body: {
      sourceSha256: readTexts(FILES).sha256,
      basedOn: '79a43f1c'.padEnd(64, '0'),
      from: NOON,
      reason: 'a post at the station for the fair',
      actionId: 'fair-1',
    },
  },
  'GET /v1/districts/:district/plans': { id: 'listPlans', path, query: { limit: 10 } },
  'GET /v1/districts/:district/orders': { id: 'listOrders', path },
  'POST /v1/districts/:district/orders': {
    id: 'makeOrder',
    path,
    body: {
      order: {
        id: 'fair-night',
        nameZh: '夜市安保',
        nameEn: 'Night market',
        from: '2026-11-24T18:00:00+08:00',
        to: '2026-11-24T22:00:00+08:00',
        reason: 'the night market at the square',
        duty: [{ unit: 'car-1' }],
      },
      actionId: 'fair-night-1',
    },
  },
  'POST /v1/districts/:district/orders/:order/end': {
    id: 'endOrder',
    path: { district, order: 'fair-night' },
    body: { reason: 'it rains', actionId: 'fair-night-2' },
  },
  'GET /v1/districts/:district/places': { id: 'getPlaces', path, query: { shape: 'footprint' } },
  'GET /v1/districts/:district/roads': { id: 'getRoads', path },
  'GET /v1/districts/:district/units': { id: 'listUnits', path },
  'GET /v1/districts/:district/units/:unit': { id: 'getUnit', path: { district, unit: 'car-1' } },
  'GET /v1/districts/:district/units/:unit/fixes': {
    id: 'listFixes',
    path: { district, unit: 'car-1' },
    query: { from: FROM, to: '2026-11-24T09:00:00+08:00', purpose: 'case-7' },
  },
  'POST /v1/districts/:district/units/:unit/statement': {
    id: 'stateUnit',
    path: { district, unit: 'car-1' },
    body: { statementId: 'radio-1', at: 'square', until: '2026-11-24T10:00:00+08:00', note: 'answers by radio' },
  },
  'GET /v1/districts/:district/positions': { id: 'listPositions', path },
  'GET /v1/districts/:district/coverage': { id: 'listCoverage', path },
  'GET /v1/districts/:district/nearest-units': { id: 'listNearestUnits', path, query: { place: 'square', limit: 5 } },
  'GET /v1/districts/:district/visits': {
    id: 'listVisits',
    path,
    query: { from: FROM, place: 'square', limit: 100 },
  },
  'GET /v1/districts/:district/days': { id: 'listDays', path },
  'GET /v1/districts/:district/days/:day': { id: 'getDay', path: { district, day: '2026-11-24' } },
  'GET /v1/districts/:district/alerts': {
    id: 'listAlerts',
    path,
    query: { state: 'all', rule: 'tracker-silence', from: FROM },
  },
  'GET /v1/districts/:district/alerts/:alertId': { id: 'getAlert', path: SILENCE },
  'POST /v1/districts/:district/alerts/:alertId/acknowledge': {
    id: 'acknowledgeAlert',
    path: SILENCE,
    body: { version: 1, actionId: 'ack-1', comment: 'car-2 is on its way' },
  },
  'POST /v1/districts/:district/alerts/:alertId/comment': {
    id: 'commentAlert',
    path: SILENCE,
    body: { version: 2, comment: 'the driver called in' },
  },
  'POST /v1/districts/:district/alerts/:alertId/shelve': {
    id: 'shelveAlert',
    path: SILENCE,
    body: { version: 3, reason: 'tracker is being replaced', until: NOON },
  },
  'POST /v1/districts/:district/alerts/:alertId/unshelve': { id: 'unshelveAlert', path: SILENCE, body: { version: 4 } },
  'POST /v1/districts/:district/alerts/:alertId/resolve': {
    id: 'resolveAlert',
    path: CALL,
    body: { version: 1, reason: 'car-2 is with them' },
  },
  'GET /v1/districts/:district/notices': { id: 'listNotices', path, query: { list: 'failed', limit: 10 } },
  'POST /v1/districts/:district/notices/:noticeId/send': {
    id: 'sendNotice',
    path: { district, noticeId: `${CALL.alertId}:v1:s1:duty-desk` },
    body: { reason: 'the desk is back' },
  },
  'GET /v1/districts/:district/channels': { id: 'listChannels', path },
  'GET /v1/districts/:district/traces': {
    id: 'listTraces',
    path,
    query: { units: 'car-1', from: FROM, to: NOON, purpose: 'case-7' },
  },
  'GET /v1/districts/:district/places/:place/presence': {
    id: 'listPlacePresence',
    path: { district, place: 'square' },
    query: { from: FROM, to: NOON, purpose: 'case-7' },
  },
  'POST /v1/districts/:district/presence': {
    id: 'listAreaPresence',
    path,
    query: { from: FROM, to: NOON, purpose: 'case-7' },
    body: { area: { type: 'Circle', center: [116.07, 24.27], radiusM: 300 } },
  },
  'POST /v1/districts/:district/what-if': {
    id: 'tryPlan',
    path,
    query: { purpose: 'case-7' },
    body: { sourceSha256: 'ab'.repeat(32), from: FROM, to: NOON, operators: 2 },
  },
  'GET /v1/districts/:district/places/:place/visits': {
    id: 'listPlaceVisits',
    path: { district, place: 'square' },
    query: { from: FROM, to: NOON, purpose: 'case-7' },
  },
  'GET /v1/districts/:district/alert-versions': {
    id: 'listAlertVersions',
    path,
    query: { from: FROM, to: NOON, purpose: 'case-7' },
  },
  'GET /v1/districts/:district/reports': { id: 'listReports', path, query: { purpose: 'case-7' } },
  'GET /v1/districts/:district/reports/:report': {
    id: 'getReport',
    path: { district, report: 'presence' },
    query: { day: '2026-11-24', format: 'json', purpose: 'case-7' },
  },
  'GET /v1/districts/:district/packs/:day': {
    id: 'getPack',
    path: { district, day: '2026-11-24' },
    query: { purpose: 'case-7' },
  },
  'GET /v1/districts/:district/tasks': { id: 'listTasks', path },
  'POST /v1/districts/:district/tasks': {
    id: 'openTask',
    path,
    body: { taskId: 'escort-17', task: 'escort', units: ['car-1'], to: NOON, reason: 'escort of a convoy' },
  },
  'POST /v1/districts/:district/tasks/:taskId/close': {
    id: 'closeTask',
    path: { district, taskId: 'escort-17' },
    body: {},
  },
  'GET /v1/districts/:district/roster': { id: 'getRoster', path },
  'PUT /v1/districts/:district/roster': {
    id: 'setRoster',
    path,
    body: {
      roster: {
        from: NOON,
        to: '2026-11-25T08:00:00+08:00',
        shifts: [{ unit: 'car-1', officers: ['p1001', 'p1002'] }],
      },
      rosterId: 'night-24',
    },
  },
  'GET /v1/districts/:district/live': { id: 'openLiveSocket', path, query: { place: 'square', after: 0 } },
  'POST /v1/districts/:district/clock': { id: 'setClock', path, body: { nowMs: 1_795_480_500_000 } },
  'POST /v1/districts/:district/revocations': { id: 'revokeTokens', path, body: { tracker: 'bd-7' } },
  'GET /v1/districts/:district/skipped': { id: 'listSkipped', path },
  'POST /v1/districts/:district/skipped/:logId/clear': {
    id: 'clearSkipped',
    path: { district, logId: '1795481710000-0' },
    body: { reason: 'known; reported to the maker' },
  },
  'GET /v1/districts/:district/accesses': {
    id: 'listAccesses',
    path,
    query: { unit: 'car-1', from: FROM, limit: 100 },
  },
  'GET /v1/districts/:district/own-accesses': { id: 'listOwnAccesses', path, query: { from: FROM } },
  'GET /v1/districts/:district/record': { id: 'listLosses', path },
  'GET /v1/districts/:district/archive/head': { id: 'getArchiveHead', path },
  'POST /v1/districts/:district/record/accept': {
    id: 'acceptLosses',
    path,
    body: { open: 1, reason: 'restored from the copy of Monday' },
  },
};
