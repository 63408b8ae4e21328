import t from 'tap';
import { localDay } from '../../src/days/local-day.js';
import { recordDigest } from '../../src/days/record-digest.js';
import { appendSettlement, readSettledDay } from '../../src/log/settlements.js';
import { DAY_RECORD_FORMAT, type DayRecord, type SettledDay } from '../../src/model/day-record.js';
import { isHeld } from '../../src/api/settled-days.js';
import { ask } from './clients.js';
import { T0_MS } from './records.js';
import { type Rig, startRig } from './rig.js';

const DAY = localDay('2026-03-02', 'Asia/Shanghai');
const MINUTE_MS = 60_000;
const HELD = `checkpoint-gap:square:${T0_MS}:1-0`;
const OTHER = `checkpoint-gap:bridge:${T0_MS}:1-0`;

function recordOf(unknownTrackerFixes: number): DayRecord {
  return {
    format: DAY_RECORD_FORMAT,
    district: 'meixian',
    ...DAY,
    foldVersion: 3,
    plans: [],
    outages: [],
    places: [],
    units: [],
    visits: [],
    alerts: [],
    unknownTrackerFixes,
  };
}

/** Settles the day, or corrects it. */
async function settle(rig: Rig, record: DayRecord): Promise<string> {
  const o = { district: 'meixian', connection: rig.query };
  const before = await readSettledDay(o, record.day);
  const digest = recordDigest(record);
  const corrects = before?.settlements.at(-1)?.digest;
  const correction =
    corrects === undefined
      ? null
      : { corrects, places: [], units: [], visits: { added: [], removed: [] }, alerts: { added: [], removed: [] } };
  const changes = [
    { about: 'alert', change: 'removed', live: [OTHER], settled: null, why: [{ is: 'unexplained' }] },
  ] as const;
  const mark = {
    digest,
    foldVersion: 3,
    readToMs: T0_MS,
    visits: 0,
    alerts: 0,
    changes: 1,
    unheld: [OTHER],
    unheldInAll: 1,
  };
  t.ok(await appendSettlement({ ...o, settlement: { record, changes, correction }, mark, before }));
  return digest;
}

t.test(
  'auditors read which days are settled, and each settlement with what differs from the live verdicts',
  async (t) => {
    const rig = await startRig(t);
    const token = await rig.token({ role: 'auditor' });
    const headers = { 'x-purpose': 'case-7' };
    const path = '/v1/districts/meixian/days';
    t.same((await ask(rig, path, { token, headers })).body.items, []);
    const none = await ask(rig, `${path}/2026-03-02`, { token, headers });
    t.equal(none.status, 404);
    t.equal(none.body.code, 'day-unknown');
    const bad = await ask(rig, `${path}/yesterday`, { token, headers });
    t.equal(bad.status, 400);

    const first = await settle(rig, recordOf(1));
    const second = await settle(rig, recordOf(2));
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const [day] = (await ask(rig, path, { token, headers })).body.items as unknown as readonly SettledDay[];
    t.same(
      day?.settlements.map(({ digest }) => digest),
      [first, second],
    );
    const last = await ask(rig, `${path}/2026-03-02`, { token, headers });
    t.equal(last.status, 200, last.text);
    t.match(last.body, { day: '2026-03-02', settlement: { digest: second }, correction: { corrects: first } });
    t.same(last.body.record, recordOf(2));
    t.match(last.body.changes, [{ live: [OTHER], why: [{ is: 'unexplained' }] }]);
    const older = await ask(rig, `${path}/2026-03-02?digest=${first}`, { token, headers });
    t.same(older.body.record, recordOf(1));
    t.equal(
      (await ask(rig, `${path}/2026-03-02?digest=${'0'.repeat(64)}`, { token, headers })).body.code,
      'day-unknown',
    );
    const reads = await rig.district('meixian').reads();
    t.ok(
      reads.some(({ what }) => what === 'GET /v1/districts/:district/days/:day'),
      'each read leaves an entry',
    );
  },
);

t.test(
  'an alert and a visit that a settled day holds say so, and one that it does not hold stays as it was',
  async (t) => {
    const rig = await startRig(t);
    const token = await rig.token({ role: 'supervisor' });
    const { engine } = rig.district('meixian');
    const over = {
      change: 'cleared',
      condition: 'cleared',
      toMs: T0_MS + 9 * MINUTE_MS,
      finality: 'confirmed',
    } as const;
    await engine.emit({
      alerts: [
        { alertId: HELD, ...over },
        { alertId: OTHER, place: 'bridge', ...over },
      ],
      visits: [{ visitId: 'v1', state: 'closed', innerToMs: T0_MS + 5 * MINUTE_MS }, { visitId: 'v2' }],
    });
    await settle(rig, recordOf(1));
    const alerts = await ask(rig, '/v1/districts/meixian/alerts?state=all', { token });
    t.same(
      alerts.body.items?.map(({ alertId, finality }) => [alertId, finality]),
      [
        [HELD, 'settled'],
        [OTHER, 'confirmed'],
      ],
    );
    const visits = await ask(rig, '/v1/districts/meixian/visits', { token });
    t.same(
      visits.body.items?.map(({ visitId, settled }) => [visitId, settled]),
      [
        ['v1', true],
        ['v2', false],
      ],
      'a visit that goes on is not settled',
    );
  },
);

t.test('what lies in two days is held when both are settled and hold it', async (t) => {
  const mark = { unheld: ['x'], unheldInAll: 1 };
  const day = (fromMs: number, more: object = {}) =>
    ({ day: 'd', fromMs, toMs: fromMs + 10, settlements: [{ ...mark, ...more }] }) as unknown as SettledDay;
  const told = { id: 'a', fromMs: 5, toMs: 15 };
  t.equal(isHeld([day(0), day(10)], told), true);
  t.equal(isHeld([day(0)], told), false, 'the next day is not settled');
  t.equal(isHeld([day(10)], told), false, 'the first is not');
  t.equal(isHeld([day(0), day(20)], told), false, 'nor one in between');
  t.equal(isHeld([day(0), day(10)], { ...told, id: 'x' }), false);
  t.equal(isHeld([day(0), day(10)], { ...told, toMs: null }), false, 'it goes on');
  t.equal(isHeld([day(0), day(10, { unheldInAll: 2 })], told), false, 'not all that differ are named');
});
