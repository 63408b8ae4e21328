import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { MAX_AREA_BODY_BYTES, MAX_QUERIES, MAX_QUERIES_PER_TOKEN } from '../../src/api/limits.js';
import type { RecordHistory } from '../../src/api/deps.js';
import type { VersionHistory, VersionQuery } from '../../src/log/version-history.js';
import { BeatwatchError } from '../../src/model/errors.js';
import type { AreaPresence, TraceFix, TraceRow } from '../../src/model/trace.js';
import { LOG_START } from '../../src/model/log-id.js';
import type { TraceStep } from '../../src/traces/trace-rows.js';
import { fix } from '../engine/support.js';
import { type Answer, ask, type AskOptions } from './clients.js';
import { T0_MS } from './records.js';
import { type Rig, startRig } from './rig.js';
import { until } from './until.js';

const MINUTE = 60_000;
const SQUARE = { lngE7: 1_161_172_345, latE7: 242_701_234 };
const AWAY = { lngE7: 1_162_172_345, latE7: 242_701_234 };
const RANGE = `from=${T0_MS}&to=${T0_MS + 60 * MINUTE}`;

/** car-1 is at the square from minute 5 to 10, then away, and is not heard of from minute 20 to 40; car-2 says nothing. */
async function filled(scope: { teardown(end: () => unknown): void }): Promise<Rig> {
  const rig = await startRig(scope);
  const { log } = rig.district();
  const clock = rig.deps.districts.get('meixian')?.setClock;
  for (let minute = 0; minute < 50; minute += 1) {
    await clock?.(T0_MS + minute * MINUTE).catch(() => undefined);
    if (minute >= 20 && minute < 40) continue;
    const position = minute >= 5 && minute < 10 ? SQUARE : AWAY;
    const fixes = [0, 20, 40].map((second) => fix(T0_MS + minute * MINUTE + second * 1_000 - MINUTE, position));
    await log.append({ kind: 'fixes', batches: [{ tracker: 't-car-1', reportId: '01', fixes, rejected: [] }] });
  }
  await clock?.(T0_MS + 90 * MINUTE).catch(() => undefined);
  return rig;
}

async function asAuditor(rig: Rig, path: string, o: AskOptions = {}): Promise<Answer> {
  const token = await rig.token({ role: 'auditor' });
  return await ask(rig, `/v1/districts/meixian/${path}`, { token, headers: { 'x-purpose': 'case 7' }, ...o });
}

const rowsOf = ({ body }: Answer) => (body.items ?? []) as unknown as readonly TraceRow[];
const shared = filled(t);

t.test(
  'a file that cannot be recorded is not answered, says nothing of what it had, and gives its turn back',
  async (t) => {
    const rig = await startRig(t);
    rig.district().appendFailure = new Error('OOM');
    for (let i = 0; i < MAX_QUERIES; i += 1) {
      const { status, body, headers } = await asAuditor(rig, `traces?${RANGE}&format=csv`);
      t.match({ status, code: body.code }, { status: 503, code: 'access-log-unavailable' });
      t.equal(headers.get('x-beatwatch-answer'), null);
    }
    rig.district().appendFailure = null;
    t.equal((await asAuditor(rig, `traces?${RANGE}&format=csv`)).status, 200);
  },
);

t.test('traces come by pages of any length that together are the whole, with holes as holes', async (t) => {
  const rig = await shared;
  const whole = await asAuditor(rig, `traces?${RANGE}&limit=1000`);
  t.equal(whole.status, 200, whole.text);
  t.equal(whole.body.next, null);
  const rows = rowsOf(whole);
  t.strictSame(
    rows.filter(({ type }) => type === 'hole').map((row) => ('fromMs' in row ? [row.unit, row.fromMs, row.toMs] : [])),
    [
      ['car-1', T0_MS + 19 * MINUTE - 20_000, T0_MS + 39 * MINUTE],
      ['car-1', T0_MS + 49 * MINUTE - 20_000, T0_MS + 60 * MINUTE],
      ['car-2', T0_MS, T0_MS + 60 * MINUTE],
    ],
  );
  t.equal(rows.filter(({ type }) => type === 'fix').length, 87);
  t.match(rows[0], { type: 'fix', unit: 'car-1', lng: 116.2172345, lat: 24.2701234, sigmaM: 5, quality: 'precise' });
  t.match(whole.body, { limits: { rowsPerPage: 1_000, rowsPerQuery: 5_000_000 }, missing: [], fromMs: T0_MS });

  const paged: TraceRow[] = [];
  let after = '';
  let upTo: unknown;
  for (let pages = 0; pages < 100; pages += 1) {
    const page = await asAuditor(rig, `traces?${RANGE}&limit=7${after}`);
    paged.push(...rowsOf(page));
    upTo ??= page.body.upTo;
    t.equal(page.body.upTo, upTo, 'all pages show the log as the first one saw it');
    if (page.body.next === null) break;
    after = `&after=${String(page.body.next)}`;
  }
  t.strictSame(paged, rows);
  const [read] = (await rig.district().reads()).slice(-1);
  t.match(read, { actor: 'auditor-li', purpose: 'case 7', what: 'GET /v1/districts/:district/traces' });
});

t.test('a query that asks for nonsense is told what it said and what was expected', async (t) => {
  const rig = await shared;
  const reversed = await asAuditor(rig, `traces?from=${T0_MS}&to=${T0_MS - 1}`);
  t.match(reversed, { status: 400, body: { code: 'request-invalid', details: { faults: [{ path: 'query/to' }] } } });
  const endless = await asAuditor(rig, `traces?from=0&to=${T0_MS}`);
  t.match(endless.body, { code: 'request-invalid', message: /at most 366 days after it: until 1971-01-02/ });
  t.match((await asAuditor(rig, `traces?${RANGE}&units=car-9`)).body, { code: 'unit-unknown' });
  t.match((await asAuditor(rig, `traces?${RANGE}&units=car_9`)).body, { code: 'request-invalid' });
  t.match((await asAuditor(rig, `traces?${RANGE}&format=docx`)).body, { code: 'request-invalid' });
  const { body } = await asAuditor(rig, `traces?${RANGE}&limit=1`);
  const stolen = await asAuditor(rig, `traces?${RANGE}&units=car-1&after=${String(body.next)}`);
  t.match(stolen.body, { code: 'request-invalid', message: /a page of the same query/ });
  t.match((await asAuditor(rig, `traces?${RANGE}&after=bm9uc2Vuc2U`)).body, { code: 'request-invalid' });
  t.match((await asAuditor(rig, `places/nowhere/presence?${RANGE}`)).body, { code: 'place-unknown' });
});

const areaOf = (area: object): AskOptions => ({ method: 'POST', body: { area } });
const told = (answer: Answer) =>
  ((answer.body.items ?? []) as unknown as readonly AreaPresence[]).map(
    ({ unit, certainty, cause, fromMs, toMs }) =>
      `${unit} ${certainty} ${cause} ${(fromMs - T0_MS) / MINUTE}-${(toMs - T0_MS) / MINUTE}`,
  );

t.test('who was in a place, a circle, a box or a polygon is one answer', async (t) => {
  const rig = await shared;
  const range = `from=${T0_MS}&to=${T0_MS + 15 * MINUTE}`;
  const place = await asAuditor(rig, `places/square/presence?${range}`);
  t.equal(place.status, 200, place.text);
  t.strictSame(
    told(place).filter((row) => row.startsWith('car-1')),
    [
      'car-1 possible near 3.6666666666666665-4',
      'car-1 inside fix 4-8.666666666666666',
      'car-1 possible near 8.666666666666666-9',
    ],
  );
  t.strictSame(told(place).slice(3), ['car-2 unknown hole 0-15']);
  const [lng, lat] = [SQUARE.lngE7 / 1e7, SQUARE.latE7 / 1e7];
  const d = 0.001;
  const [west, south, east, north] = [lng - d, lat - d, lng + d, lat + d];
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  for (const area of [
    { type: 'Circle', center: [lng, lat], radiusM: 80 },
    { type: 'Box', bbox: [west, south, east, north] },
    { type: 'Polygon', coordinates: [ring] },
    { type: 'MultiPolygon', coordinates: [[ring]] },
  ]) {
    t.strictSame(told(await asAuditor(rig, `presence?${range}`, areaOf(area))), told(place), area.type);
  }
  const paged = await asAuditor(rig, `places/square/presence?${range}&limit=1`);
  t.equal(told(paged).length, 3, 'the stretches of a unit stay together');
  const rest = await asAuditor(rig, `places/square/presence?${range}&limit=1&after=${String(paged.body.next)}`);
  t.strictSame([...told(paged), ...told(rest)], told(place));
  t.equal(rest.body.next, null);
});

t.test(
  'an area that crosses itself, covers the globe or is no area is refused with what is wrong with it',
  async (t) => {
    const rig = await shared;
    const refused = async (area: object, message: RegExp) => {
      const answer = await asAuditor(rig, `presence?${RANGE}`, areaOf(area));
      t.match(answer, { status: 400, body: { code: 'request-invalid', message } }, answer.text);
    };
    const polygon = (...ring: number[][]) => ({ type: 'Polygon', coordinates: [ring] });
    await refused(polygon([116, 24], [116.1, 24.1], [116.1, 24], [116, 24.1], [116, 24]), /cross/);
    await refused(polygon([-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]), /km by .*at most 300 km/);
    await refused(polygon([116, 24], [116.1, 24], [116.1, 24.1], [116, 24.1]), /rings that end where they begin/);
    await refused(polygon([24, 116], [24.1, 116], [24.1, 116.1], [24, 116]), /longitude, latitude/);
    await refused({ type: 'Box', bbox: [116.2, 24, 116.1, 24.1] }, /west < east/);
    await refused({ type: 'Circle', center: [116, 24], radiusM: 150_001 }, /area/);
    await refused({ type: 'Point', coordinates: [116, 24] }, /Polygon/);
    const corners = Array.from({ length: 5_001 }, (_, i) => [116 + i / 1e6, 24 + (i % 2) / 1e6]);
    await refused(polygon(...corners, [116, 24]), /5002 corners.*at most 5000/);
    const huge = polygon(...Array.from({ length: 20_000 }, () => [116.123_456, 24.123_456]));
    const tooLong = await asAuditor(rig, `presence?${RANGE}`, areaOf(huge));
    t.ok(JSON.stringify(huge).length > MAX_AREA_BODY_BYTES);
    t.match(tooLong, { status: 413, body: { code: 'body-too-large' } });
  },
);

t.test('a file has all rows, whatever a page would hold', async (t) => {
  const rig = await shared;
  const whole = rowsOf(await asAuditor(rig, `traces?${RANGE}&limit=1000`));
  const ndjson = await asAuditor(rig, `traces?${RANGE}&format=ndjson`);
  t.match(ndjson.headers.get('content-disposition'), /beatwatch-meixian-traces-.*\.ndjson/);
  t.strictSame(
    ndjson.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TraceFix),
    whole,
  );
  const csv = await asAuditor(rig, `traces?${RANGE}`, { headers: { 'x-purpose': 'case 7', accept: 'text/csv' } });
  t.match(csv.headers.get('content-type'), /text\/csv/);
  t.equal(csv.text.trim().split('\r\n').length, whole.length + 1);
  const presence = await asAuditor(rig, `places/square/presence?${RANGE}&format=geojson`);
  t.match(JSON.parse(presence.text), { type: 'FeatureCollection' });
  // The entry at the end of a stream counts what was sent.
  await until(async () => {
    const reads = (await rig.district().reads()).filter(({ what }) => what.endsWith('/traces'));
    return reads.filter(({ records, answer }) => answer?.stage !== 'whole' && records === whole.length).length === 2;
  });
});

t.test('visits to a place and versions of alerts are there with all that is known of them', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  await engine.emit({ visits: [{ visitId: 'v1', place: 'square', state: 'open', innerFromMs: T0_MS }] });
  await engine.emit({ alerts: [{ alertId: 'a1' }] });
  await engine.emit({ alerts: [{ alertId: 'a1' }] });
  const visits = await asAuditor(rig, `places/square/visits?${RANGE}`);
  t.match(visits, { status: 200, body: { items: [{ visitId: 'v1', state: 'open' }], next: null } }, visits.text);
  t.match((await asAuditor(rig, `places/nowhere/visits?${RANGE}`)).body, { code: 'place-unknown' });
  const alerts = await asAuditor(rig, `alert-versions?${RANGE}`);
  t.match(alerts.body.items, [{ alertId: 'a1', version: 1 }, { version: 2 }], alerts.text);
  const first = await asAuditor(rig, `alert-versions?${RANGE}&limit=1`);
  const second = await asAuditor(rig, `alert-versions?${RANGE}&limit=1&after=${String(first.body.next)}`);
  t.strictSame([...(first.body.items ?? []), ...(second.body.items ?? [])], alerts.body.items);
  t.match((await asAuditor(rig, `plan?at=${T0_MS + 1}`)).body, { version: 1 });
});

t.test('a page goes on behind a visit that has a newer version by then', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  const open = (visitId: string, minute: number) =>
    ({ visitId, place: 'square', state: 'open', innerFromMs: T0_MS + minute * MINUTE }) as const;
  await engine.emit({ visits: [open('v1', 1), open('v2', 2), open('v3', 3)] });
  const path = `places/square/visits?${RANGE}&limit=1`;
  const ids: string[] = [];
  for (let after: unknown = null, page = 0; page < 4; page += 1) {
    const { body } = await asAuditor(rig, after === null ? path : `${path}&after=${String(after)}`);
    ids.push(...(body.items ?? []).map((item) => String((item as { visitId?: string }).visitId)));
    await engine.emit({ visits: [open('v1', 1), open('v2', 2)] });
    after = body.next;
    if (after === null) break;
  }
  t.strictSame(ids, ['v1', 'v2', 'v3']);
});

/** The rig's history, with some of it replaced. */
function replaceHistory(rig: Rig, part: Partial<RecordHistory>): void {
  const real = rig.district().history;
  if (real === null) throw new Error('the rig has a history');
  rig.district().history = Object.assign(Object.create(real) as typeof real, part);
}

t.test('a query that takes too long is given up, and says which limit it was', async (t) => {
  const rig = await startRig(t, { queryMs: 300 });
  const endless = ({ signal }: VersionQuery) =>
    new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
  replaceHistory(rig, { versions: { visits: endless, alerts: endless, deleted: async () => [] } });
  for (const path of ['places/square/visits?', 'alert-versions?', 'places/square/visits?format=csv&']) {
    const answer = await asAuditor(rig, `${path}${RANGE}`);
    const body = { code: 'query-timeout', message: /after 0\.3 s/, details: { limitMs: 300 } };
    t.match(answer, { status: 503, body }, answer.text);
  }
});

t.test('a file of no rows does not come of a misspelt id either, and the refusal is a read', async (t) => {
  const rig = await shared;
  for (const format of ['', '&format=csv']) {
    const { status, body } = await asAuditor(rig, `places/nowhere/visits?${RANGE}${format}`);
    t.match({ status, code: body.code }, { status: 404, code: 'place-unknown' }, format);
    t.match((await rig.district().reads()).at(-1), { what: 'GET /v1/districts/:district/places/:place/visits' });
    const foreign = await asAuditor(rig, `alert-versions?${RANGE}&unit=car-9${format}`);
    t.match(foreign.body, { code: 'unit-unknown' });
  }
});

t.test('an answer of visits or alerts says of which log times versions were deleted', async (t) => {
  const rig = await startRig(t);
  const asked: unknown[] = [];
  const deleted: VersionHistory['deleted'] = async (of, { fromMs, toMs }) => {
    asked.push([of, fromMs, toMs]);
    return [{ fromMs: 1, toMs: 2, deletedAtMs: 3 }];
  };
  const versions = { visits: async () => [], alerts: async () => [], deleted };
  replaceHistory(rig, { versions, head: async () => null });
  const missing = [{ what: 'log', fromMs: 1, toMs: 2 }];
  t.match((await asAuditor(rig, `places/square/visits?${RANGE}`)).body, { items: [], missing });
  t.match((await asAuditor(rig, `alert-versions?${RANGE}`)).body, { items: [], missing });
  const { headers } = await asAuditor(rig, `alert-versions?${RANGE}&format=csv`);
  t.match(JSON.parse(headers.get('x-beatwatch-answer') ?? ''), { missing });
  const range = [T0_MS, T0_MS + 60 * MINUTE];
  t.strictSame(
    asked,
    ['visits', 'alerts', 'alerts'].map((of) => [of, ...range]),
  );
});

t.test('a page beneath which fixes are deleted is made again, and says what is gone', async (t) => {
  const rig = await startRig(t);
  const real = rig.district().history;
  if (real === null) throw new Error('the rig has a history');
  let asked = 0;
  const traces: RecordHistory['traces'] = async (query) => {
    asked += 1;
    if (asked === 1) throw new BeatwatchError('fixes-deleted', 'fixes were deleted');
    const answer = await real.traces(query);
    return { ...answer, facts: { ...answer.facts, missing: [{ what: 'log', fromMs: 1, toMs: 2 }] } };
  };
  replaceHistory(rig, { traces });
  const answer = await asAuditor(rig, `traces?${RANGE}`);
  t.match(answer, { status: 200, body: { missing: [{ what: 'log', fromMs: 1, toMs: 2 }] } }, answer.text);
});

/** Rows without end, and how many were taken. */
function endless(rig: Rig): { taken: number; ended: number } {
  const seen = { taken: 0, ended: 0 };
  replaceHistory(rig, {
    traces: async () => ({
      facts: { fromMs: 0, toMs: 1, upTo: LOG_START, estimate: { rows: 0, bytes: 0 }, missing: [] },
      steps: (async function* (): AsyncGenerator<TraceStep> {
        try {
          for (;;) {
            seen.taken += 1;
            const row = { type: 'hole', unit: 'car-1', fromMs: seen.taken, toMs: seen.taken + 1 } as const;
            yield { rows: [row], place: { unit: 'car-1', atMs: seen.taken, positionMs: null } };
          }
        } finally {
          seen.ended += 1;
        }
      })(),
    }),
    head: async () => null,
  });
  return seen;
}

/** A client that begins to read a file, and then stops. */
async function stalled(rig: Rig): Promise<{ readonly closed: () => boolean; end(): void }> {
  const token = await rig.token({ role: 'auditor', subject: 'auditor-wu', tokenId: 'wu' });
  const request = httpRequest(new URL(`/v1/districts/meixian/traces?${RANGE}&format=ndjson`, rig.url), {
    headers: { authorization: `Bearer ${token}`, 'x-purpose': 'case 7' },
    agent: false,
  });
  let closed = false;
  await new Promise<void>((resolve) => {
    request.on('response', (response) => {
      response.once('data', () => {
        response.pause();
        resolve();
      });
      response.on('error', () => undefined);
    });
    request.on('error', () => undefined);
    request.on('close', () => {
      closed = true;
    });
    request.end();
  });
  return { closed: () => closed, end: () => void request.destroy() };
}

t.test('a client that stops reading holds up the rows, and is cut after a time', async (t) => {
  const rig = await startRig(t);
  const seen = endless(rig);
  rig.api.server.setTimeout(1_500);
  const client = await stalled(rig);
  await sleep(700);
  const held = seen.taken;
  await sleep(400);
  t.equal(seen.taken, held, 'no more rows are made while nobody takes them');
  t.ok(held < 400_000, `${held} rows were made for what the sockets hold`);
  await until(async () => seen.ended === 1);
  t.ok(client.closed() || seen.ended === 1);
  client.end();
});

t.test('queries of a token that run at once are bounded, and a client that leaves gives its turn back', async (t) => {
  const rig = await startRig(t);
  const seen = endless(rig);
  const clients = [];
  for (let i = 0; i < MAX_QUERIES_PER_TOKEN; i += 1) clients.push(await stalled(rig));
  const token = await rig.token({ role: 'auditor', subject: 'auditor-wu', tokenId: 'wu' });
  const more = () =>
    ask(rig, `/v1/districts/meixian/places/square/visits?${RANGE}`, { token, headers: { 'x-purpose': 'x' } });
  t.match(await more(), { status: 429, body: { code: 'too-many-searches', details: { limit: 2 } } });
  t.equal((await asAuditor(rig, `places/square/visits?${RANGE}`)).status, 200, 'others are not held up');
  clients[0]?.end();
  await until(async () => seen.ended >= 1);
  t.equal((await more()).status, 200);
  for (const client of clients) client.end();
});
