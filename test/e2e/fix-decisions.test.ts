import t from 'tap';
import type { FixAnswer } from '../../src/api/fix-answer.js';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import { logKey, rawEntryOf } from '../../src/log/raw-entry.js';
import type { Fix } from '../../src/model/fix.js';
import { HORIZON_MS } from '../../src/model/limits.js';
import { fixAt, startWholeServer, type WholeServer } from './whole-server.js';

t.setTimeout(120_000);

const SECOND_MS = 1_000;

interface FixPage {
  readonly items: readonly FixAnswer[];
  readonly next: string | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly log: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly missing: unknown[];
    readonly skipped: unknown[];
  };
}

async function fixesOf(server: WholeServer, unit: string, query: string): Promise<FixPage> {
  const { status, body } = await server.ask(`/units/${unit}/fixes?${query}`);
  if (status !== 200) throw new Error(`fixes: got ${status} ${JSON.stringify(body)}`);
  return body as unknown as FixPage;
}

/** A fix so far east of the usual place, 1e-7 degree. */
function moved(eventTimeMs: number, eastE7: number, fields: Partial<Fix> = {}): Fix {
  const good = fixAt(eventTimeMs);
  const lngE7 = (good.position?.lngE7 ?? 0) + eastE7;
  return { ...good, position: { lngE7, latE7: good.position?.latE7 ?? 0 }, ...fields };
}

t.test('whatever a tracker sends, the route tells what was decided about it and why [kept]', async (t) => {
  const server = await startWholeServer(t, { startMs: Date.parse('2026-11-24T09:00:00+08:00') });
  const unit = server.plan.units.find(({ kind }) => kind === 'car');
  const other = server.plan.units.find(({ kind, id }) => kind === 'car' && id !== unit?.id);
  if (unit === undefined || other === undefined) throw new Error('got no two cars');
  const tracker = server.trackers.client(unit.tracker);
  const startMs = server.nowMs();
  const at = (s: number): number => startMs + s * SECOND_MS;
  await server.trackers.client(other.tracker).send([fixAt(at(0))]);
  await tracker.send([fixAt(at(0))]);
  await tracker.send([fixAt(at(0))]);
  await server.pass(10 * SECOND_MS);
  await tracker.send([fixAt(at(10)), moved(at(10), 3_000, { hdopCenti: 400 })]);
  await tracker.send([
    { ...fixAt(at(11)), position: { lngE7: 0, latE7: 0 } },
    { ...fixAt(at(12)), position: null },
    { ...fixAt(at(13)), located: false },
    { ...fixAt(at(14)), speedCmps: 99_999 },
    moved(at(20), 3_000_000),
    { ...fixAt(at(30)), accuracyDm: 52, batteryPercent: 87 },
    fixAt(at(75)),
  ]);
  await server.pass(2 * HORIZON_MS);
  await tracker.send([{ ...fixAt(at(5)), backfill: true }, fixAt(at(10))]);
  await server.pass(SECOND_MS);

  const period = `from=${startMs}&to=${at(80)}`;
  const all = `${period}&loggedTo=${server.nowMs() + 1}`;
  const { items, next, log } = await fixesOf(server, unit.id, all);
  t.strictSame(
    { next, log },
    { next: null, log: { fromMs: at(-60), toMs: server.nowMs() + 1, missing: [], skipped: [] } },
  );
  const first = { logId: items[0]?.logId, ordinal: items[0]?.ordinal };
  const told = items.map(({ disposition, flag, comparedWith, refusal, eventTimeMs, loggedAtMs }) => {
    const against = items.findIndex((one) => one.logId === comparedWith?.logId && one.ordinal === comparedWith.ordinal);
    const takenS = ((eventTimeMs ?? loggedAtMs) - startMs) / SECOND_MS;
    return [takenS, flag ?? refusal?.code ?? disposition, comparedWith === null ? null : against];
  });
  t.strictSame(told, [
    [0, 'admitted', null],
    [0, 'duplicate', 0],
    [5, 'late', null],
    [10, 'admitted', null],
    [10, 'conflict', 3],
    [10, 'speed-range', null],
    [10, 'late', 3],
    [11, 'null-island', null],
    [12, 'no-position', null],
    [13, 'not-located', null],
    [20, 'outlier', 3],
    [30, 'admitted', null],
    [75, 'clock-ahead', null],
  ]);
  t.ok(
    items.every(
      ({ unit: id, tracker: device, finality }) =>
        id === unit.id && device === unit.tracker && finality === 'confirmed',
    ),
    'nobody else is told of, and an hour later all is settled',
  );
  t.match(items[1], { comparedWith: { ...first, lng: 116.1172345, lat: 24.2701234, sigmaM: 5 } });
  t.match(items[2], { measured: { got: 2 * HORIZON_MS + 5_000, limit: HORIZON_MS, unit: 'ms' }, backfill: true });
  t.match(items[4], { sigmaM: 20, hdop: 4, lng: 116.1175345, comparedWith: { sigmaM: 5 } });
  t.match(items[5], {
    eventTimeMs: null,
    lng: null,
    refusal: { code: 'speed-range', index: 3, field: 'speed_cmps', expected: 'at most 300 m/s' },
  });
  t.match(items[10], { measured: { limit: 55.56, unit: 'mps' } });
  t.ok((items[10]?.measured?.got ?? 0) > 3_000, '30 km in 10 s');
  t.match(items[11], { sigmaM: 5.2, accuracyM: 5.2, batteryPercent: 87 });
  t.match(items[12], { measured: { got: 65_000, limit: 60_000 } });
  t.strictSame(
    [1, 2, 5, 10].map((i) => items[i]?.reason.en),
    [
      `The same position for the same instant as fix 0 of log entry ${first.logId}, which stands for both.`,
      'It came 3605 s after it was taken; the limit is 1800 s.',
      'Refused as speed-range: expected speed_cmps to be at most 300 m/s; the value that came is not kept.',
      `From fix ${items[3]?.ordinal} of log entry ${items[3]?.logId}, the last position believed, it would have had to go ${items[10]?.measured?.got.toFixed(1)} m/s; the limit is 55.6 m/s.`,
    ],
  );

  t.test('the counters of the engine are the sums', async (t) => {
    const { admitted, duplicate, flagged, refused, flags } = await server.host.hot.readCounters();
    const count = (name: string): number => items.filter(({ disposition }) => disposition === name).length;
    // One of the other car's counts as well.
    t.strictSame(
      { admitted, duplicate, flagged, refused },
      {
        admitted: count('admitted') + 1,
        duplicate: count('duplicate'),
        flagged: count('flagged'),
        refused: count('refused'),
      },
    );
    for (const [flag, n] of Object.entries(flags)) t.equal(n, items.filter((one) => one.flag === flag).length, flag);
  });

  t.test('what came too late for a look at the usual log times is said to be outside them', async (t) => {
    const usual = await fixesOf(server, unit.id, period);
    t.strictSame(
      usual.items,
      items.filter(({ flag }) => flag !== 'late'),
    );
    t.match(usual.log, { fromMs: at(-60), toMs: at(80) + HORIZON_MS });
    const afterwards = await fixesOf(server, unit.id, `${all}&loggedFrom=${at(3_000)}`);
    t.strictSame(
      afterwards.items.map(({ logId, flag, disposition }) => [logId, flag, disposition]),
      items.filter(({ flag }) => flag === 'late').map(({ logId, flag, disposition }) => [logId, flag, disposition]),
    );
  });

  t.test('page by page it is the same, and each read is recorded', async (t) => {
    const paged: FixAnswer[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const page: FixPage = await fixesOf(
        server,
        unit.id,
        `${all}&limit=4&purpose=case-7${after && `&after=${after}`}`,
      );
      paged.push(...page.items);
      after = page.next;
    }
    t.strictSame(paged, items);
    const [last] = await server.admin.xrevrangeBuffer(logKey(server.host.id), '+', '-', 'COUNT', 1);
    const { kind, payload } = rawEntryOf(last);
    t.match(decodeLogEntry(kind, payload), {
      kind: 'access',
      reads: [{ purpose: 'case-7', what: 'GET /v1/districts/:district/units/:unit/fixes', records: 1 }],
    });
  });

  t.test('without a period it is the last hour', async (t) => {
    const { items: last, fromMs, toMs } = await fixesOf(server, unit.id, '');
    t.strictSame({ fromMs, toMs }, { fromMs: server.nowMs() - 3_600_000, toMs: server.nowMs() });
    t.strictSame(
      last,
      items.filter(({ eventTimeMs }) => (eventTimeMs ?? 0) >= fromMs),
    );
  });

  t.test('what cannot be asked', async (t) => {
    const refusals: [string, string, number, RegExp][] = [
      [unit.id, `from=${server.nowMs()}`, 400, /query\/to: got null, expected an instant after from/],
      [
        unit.id,
        `from=${startMs}&to=${startMs}`,
        400,
        /query\/to: got .*, expected an instant after from, .*, and at most 6 h after it: until /,
      ],
      [unit.id, `from=${startMs}&to=${at(6 * 3_600) + 1}`, 400, /and at most 6 h after it: until /],
      [
        unit.id,
        `${period}&loggedTo=${at(24 * 3_600)}`,
        400,
        /query\/loggedTo: got .*, and at most 24 h after it: until /,
      ],
      [unit.id, `${period}&after=7`, 400, /query\/after/],
      [unit.id, `from=2026-02-30T00:00Z&to=${startMs}`, 400, /an instant of the calendar/],
      ['no-such', period, 404, /got unit no-such, expected one of district/],
    ];
    for (const [id, query, status, message] of refusals) {
      const answer = await server.ask(`/units/${id}/fixes?${query}`);
      t.equal(answer.status, status, query);
      t.match(answer.body.message, message);
    }
    t.equal((await server.ask(`/units/${unit.id}/fixes?from=${startMs}&to=${at(6 * 3_600)}`)).status, 200);
  });
});
