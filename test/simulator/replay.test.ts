import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { BeatwatchError } from '../../src/model/errors.js';
import { replayTrace, surveyTrace } from '../../src/simulator/replay.js';
import { ReplaySource } from '../../src/simulator/replay-source.js';
import { TrackerPool } from '../../src/simulator/tracker-pool.js';
import { readCsv } from '../../src/simulator/traces/csv.js';
import { readGpx } from '../../src/simulator/traces/gpx.js';
import { parseInstant, type TimeFormat } from '../../src/simulator/traces/instant.js';
import { MAX_LINE_BYTES } from '../../src/simulator/traces/lines.js';
import { type LocalZone, parseZone } from '../../src/simulator/traces/local-zone.js';
import { readNdjson } from '../../src/simulator/traces/ndjson.js';
import { readTrace, type TraceFile } from '../../src/simulator/traces/read-trace.js';
import type { ColumnMapping, TraceItem } from '../../src/simulator/traces/trace-row.js';
import { VehicleNames } from '../../src/simulator/traces/vehicle-names.js';
import { acknowledge, startFakeServer } from './fake-server.js';
import { caseFile, fixAt, needsTrace, sharedTrace } from './support.js';

const EIGHT = Date.parse('2026-11-24T08:00:00+08:00');
const CSV: ColumnMapping = {
  vehicle: 'vehicle',
  time: 'time',
  lat: 'lat',
  lng: 'lon',
  speed: 'speed_kmh',
  speedUnit: 'kmh',
  course: 'heading',
  ignition: 'acc',
  receive: 'received',
};
const NDJSON: ColumnMapping = {
  vehicle: 'v',
  time: 't',
  lat: 'lat',
  lng: 'lon',
  speed: 'kn',
  speedUnit: 'knots',
  hdop: 'hd',
  satellites: 'n',
};

async function all(items: AsyncIterable<TraceItem>): Promise<TraceItem[]> {
  const list: TraceItem[] = [];
  for await (const item of items) list.push(item);
  return list;
}

function short(item: TraceItem): string {
  return item.kind === 'fault'
    ? `${item.row} ${item.code}`
    : `${item.row} ${item.tracker} ${item.fix.eventTimeMs - EIGHT}`;
}

t.test('CSV: rows become fixes by the mapping, bad rows are told with number and reason', async (t) => {
  const items = await all(readTrace({ path: caseFile('fleet.csv'), mapping: CSV }));
  t.same(items.map(short), [
    '2 bus-12 0',
    '3 bus-12 10000',
    '4 car-old 5000',
    '5 time-missing',
    '6 latitude-range',
    '7 position-missing',
    '8 position-missing',
    '9 vehicle-missing',
    '10 time-missing',
    '11 row-malformed',
    '12 vehicle-unusable',
    '13 time-too-old',
    '14 bus-12 90000',
  ]);
  t.match(items[0], {
    receivedMs: EIGHT + 2_000,
    fix: {
      position: { lngE7: 1_160_487_190, latE7: 242_652_220 },
      speedCmps: 1_000,
      courseCdeg: 9_050,
      ignition: true,
    },
  });
  t.match(items[1], { fix: { speedCmps: null, courseCdeg: 0, ignition: true, hdopCenti: null, backfill: null } });
  t.match(items[2], { fix: { speedCmps: null, ignition: false } });
  t.match(items[3], { message: /time: got "2026-11-24T08:00:20", expected ISO 8601 with an offset/ });
  t.match(items[10], { message: /"BUS-12", whose id bus-12 belongs to "Bus 12" already/ });
});

t.test('NDJSON: lines count, other lines than objects are told', async (t) => {
  const items = await all(
    readTrace({ path: caseFile('fleet.ndjson'), mapping: NDJSON, trackers: { vehicle1: 'bd-1' } }),
  );
  const from = 1_795_478_400_000 - EIGHT;
  t.same(items.map(short), [
    `1 bd-1 ${from + 250}`,
    `2 bd-1 ${from + 10_000}`,
    '4 row-malformed',
    '5 row-malformed',
    `6 vehicle2 ${from + 5_000}`,
    `7 7 ${from + 6_000}`,
    '8 vehicle-missing',
    `9 bd-1 ${from + 250}`,
    `10 bd-1 ${from + 20_000}`,
    `11 bd-1 ${from + 30_000}`,
  ]);
  t.match(items[0], { fix: { speedCmps: 514, hdopCenti: 90, satellites: 11, located: true } });
  t.match(items[1], { fix: { speedCmps: 0, hdopCenti: null, satellites: null } }, 'out of range is not said');
  t.match(items[8], { fix: { hdopCenti: 40_000 } }, 'too vague to use is said');
  t.match(items[9], { fix: { hdopCenti: 100_000 } }, 'and so is what is vaguer than the wire can say');
});

t.test(
  'how vague a position is: metres and HDOP are kept, capped and never left out; 0 and less say nothing',
  async (t) => {
    const mapping: ColumnMapping = { time: 't', lat: 'y', lng: 'x', accuracy: 'acc', hdop: 'hd', battery: 'bat' };
    const read = async (acc: unknown, hd: unknown, bat: unknown): Promise<unknown> => {
      const line = Buffer.from(JSON.stringify({ t: EIGHT, y: 24.2, x: 116.1, acc, hd, bat }));
      const [item] = await all(readNdjson(pieces(line, []), mapping, new VehicleNames({}, 'a')));
      if (item?.kind !== 'fix') return item;
      const { accuracyDm, hdopCenti, batteryPercent } = item.fix;
      return [accuracyDm, hdopCenti, batteryPercent];
    };
    t.same(await read(4.8, 0.9, 87), [48, 90, 87]);
    t.same(await read('65', '400', '100'), [650, 40_000, 100]);
    t.same(await read(1e300, 1e300, 101), [1_000_000, 100_000, null]);
    t.same(await read(0.01, 0.001, 0), [1, 1, 0]);
    t.same(await read(0, 0, -1), [null, null, null]);
    t.same(await read(-1, -1, ''), [null, null, null]);
  },
);

t.test('GPX: the track points, in file order', async (t) => {
  const items = await all(readTrace({ path: caseFile('walk.gpx') }));
  t.same(items.map(short), ['1 walk 500', '2 walk 1000', '3 time-missing', '4 position-missing', '5 walk 3000']);
  t.match(items[0], { fix: { altitudeDm: 854, hdopCenti: 120, satellites: 9 } });
  t.match((await all(readTrace({ path: caseFile('walk.gpx'), tracker: 'foot-1' })))[0], { tracker: 'foot-1' });
});

t.test('instants', async (t) => {
  const shanghai = parseZone('Asia/Shanghai');
  const newYork = parseZone('America/New_York');
  type Case = [value: unknown, format: TimeFormat, zone: LocalZone | null, expected: number | RegExp];
  const cases: Case[] = [
    ['2026-11-24T08:00:00+08:00', 'auto', null, EIGHT],
    ['2026-11-24 00:00:00.125Z', 'iso', null, EIGHT + 125],
    ['2026-11-23T18:30-0530', 'auto', null, EIGHT],
    ['2026-11-24T08:00:00+08:00', 'auto', newYork, EIGHT],
    ['2026-11-24 08:00:00', 'auto', shanghai, EIGHT],
    ['2026/11/24 8:00', 'iso', shanghai, EIGHT],
    ['2026-11-24 08:00:00,5', 'auto', parseZone('+0800'), EIGHT + 500],
    ['2026-11-24T00:00:00', 'auto', parseZone('utc'), EIGHT],
    ['2026-03-08 02:30:00', 'auto', newYork, Date.parse('2026-03-08T07:00:00Z')],
    ['20261124080000', 'auto', shanghai, EIGHT],
    ['20261124080000', 'compact', parseZone('+08:00'), EIGHT],
    ['20261124080000250', 'auto', shanghai, EIGHT + 250],
    ['2026-11-24T00:00:00', 'auto', null, /zone.*local time 2026-11-24 00:00:00/],
    [20_261_124_083_100, 'auto', null, /zone.*local time 2026-11-24 08:31:00/],
    ['20261124083100', 'epoch-ms', shanghai, /format.*compact.*local time 2026-11-24 08:31:00/],
    ['2026-02-30T00:00:00Z', 'auto', null, /ISO/],
    ['2026-11-24T24:00:00Z', 'auto', null, /ISO/],
    ['1795478400', 'auto', null, EIGHT],
    [EIGHT, 'auto', null, EIGHT],
    [EIGHT / 1_000 + 0.0015, 'epoch-s', null, EIGHT + 2],
    ['1795478400,25', 'auto', null, EIGHT + 250],
    [EIGHT * 1_000, 'epoch-us', null, EIGHT],
    ['1795478400000000000', 'epoch-ns', null, EIGHT],
    [EIGHT * 1_000, 'auto', null, /epoch-us.*2026-11-24T00:00:00.000Z/],
    [EIGHT, 'epoch-s', null, /epoch-ms.*2026-11-24T00:00:00.000Z/],
    ['1795478400', 'epoch-ms', null, /epoch-s.*2026-11-24T00:00:00.000Z/],
    [1_795_478_400, 'iso', null, /epoch-s/],
    ['2026-11-24T08:00:00+08:00', 'epoch-s', null, /format.*iso/],
    ['0', 'auto', null, 0],
    ['4102444800', 'epoch-s', null, /before 2100/],
    ['4102444799', 'epoch-s', null, 4_102_444_799_000],
    ['1e12', 'auto', null, /ISO/],
    ['', 'auto', null, /ISO/],
    [null, 'auto', null, /ISO/],
    [Number.NaN, 'auto', null, /ISO/],
    ['9'.repeat(30), 'auto', null, /ISO/],
  ];
  for (const [value, format, zone, expected] of cases) {
    const got = parseInstant(value, format, zone);
    const name = `${value} as ${format}`;
    if (typeof expected === 'number') t.equal(got, expected, name);
    else t.match(JSON.stringify(got), expected, name);
  }
  for (const zone of ['', 'Mars', '+8', '+19:00', '+08:60', 'GMT+8']) t.equal(parseZone(zone), null, zone);
});

t.test('files that are of no use as a whole', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'beatwatch-trace-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const csv = 'vehicle,time,lat,lon,speed_kmh,heading,acc,received\n';
  const cases: [string, TraceFile, object][] = [
    ['not there', { path: join(folder, 'no.gpx') }, { code: 'trace-unreadable', message: /no\.gpx/ }],
    ['a folder', { path: folder, format: 'gpx' }, { code: 'trace-unreadable' }],
    ['no extension', { path: file('trace', '') }, { code: 'trace-format' }],
    ['no mapping', { path: file('a.csv', csv) }, { code: 'trace-mapping' }],
    [
      'a column less',
      { path: file('b.csv', 'vehicle,time,lat\n'), mapping: CSV },
      { code: 'trace-columns', message: /got vehicle, time, lat, expected also .*lon/ },
    ],
    [
      'cut gzip',
      { path: file('c.csv.gz', gzipSync(csv.repeat(500)).subarray(0, 60)), mapping: CSV },
      { code: 'trace-malformed' },
    ],
    ['no gzip', { path: file('d.csv.gz', csv), mapping: CSV }, { code: 'trace-malformed' }],
    ['open element', { path: file('e.gpx', '<gpx><trk>') }, { code: 'trace-malformed', message: /line 1/ }],
    ['other XML', { path: file('f.gpx', '<kml></kml>') }, { code: 'trace-malformed', message: /no gpx element/ }],
    ['bad tracker', { path: file('g.gpx', '<gpx/>'), tracker: 'No!' }, { code: 'trace-mapping' }],
  ];
  for (const [name, trace, expected] of cases) {
    await t.rejects(all(readTrace(trace)), expected as { code: string }, name);
  }
  await t.rejects(ReplaySource.open(readTrace({ path: file('h.csv', csv), mapping: CSV }), 'file'), {
    code: 'trace-empty',
  });
  const zipped = { path: file('i.csv.gz', gzipSync(`${csv}a,2026-11-24T08:00:00Z,1,2,,,,\n`)), mapping: CSV };
  t.equal((await all(readTrace(zipped))).length, 1, 'gzip');
});

/** Bytes cut into random pieces. */
async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

t.test(
  'garbage in the readers is a value or a coded error, and the cutting of the bytes changes nothing',
  async (t) => {
    const seed = 20_261_124;
    t.comment(`seed ${seed}`);
    const line = fc.oneof(
      fc.constantFrom('a,2026-11-24T08:00:00Z,24.2,116.1,1,2,1,', '"', '"a""b",x', ',,,,,,,', '\u0000', '"open'),
      fc.constantFrom('{"v":"a","t":1795478400,"lat":1,"lon":2}', '{"v":{}', '{}', '[]', 'null', '{"__proto__":1}'),
      fc.constantFrom('<gpx>', '<trk><trkseg>', '<trkpt lat="1" lon="2">', '</trkpt>', '</gpx>', '&x;', '<!DOCTYPE a>'),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
    const outcome = async (items: AsyncIterable<TraceItem>): Promise<string> => {
      try {
        return JSON.stringify(await all(items));
      } catch (error) {
        if (error instanceof BeatwatchError) return `${error.code} ${error.message}`;
        throw error;
      }
    };
    const readers = [
      (bytes: AsyncIterable<Uint8Array>) => readCsv(bytes, CSV, new VehicleNames({}, 'x')),
      (bytes: AsyncIterable<Uint8Array>) => readNdjson(bytes, NDJSON, new VehicleNames({}, 'x')),
      (bytes: AsyncIterable<Uint8Array>) => readGpx(bytes, new VehicleNames({}, 'x')),
    ];
    const sizes = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(text, sizes, async (content, cuts) => {
        const header = 'vehicle,time,lat,lon,speed_kmh,heading,acc,received\n';
        for (const [index, read] of readers.entries()) {
          const bytes = Buffer.from(index === 0 ? header + content : content);
          if ((await outcome(read(pieces(bytes, [])))) !== (await outcome(read(pieces(bytes, cuts))))) return false;
        }
        return true;
      }),
      { seed, numRuns: 150 },
    );
  },
);

t.test('a line or a record without end does not swallow the file', async (t) => {
  const good = '{"v":"a","t":1795478400,"lat":1,"lon":2}\n';
  const long = Buffer.from(`${good}${'x'.repeat(MAX_LINE_BYTES + 1)}\n${good}`);
  const items = await all(readNdjson(pieces(long, [100_000, 900_000]), NDJSON, new VehicleNames({}, 'x')));
  t.same(
    items.map((item) => (item.kind === 'fault' ? item.code : item.row)),
    [1, 'row-too-long', 3],
  );
  const record = 'a,2026-11-24T08:00:00Z,1,2,,,,\n';
  const head = 'vehicle,time,lat,lon,speed_kmh,heading,acc,received\r\n';
  const open = Buffer.from(
    `\uFEFF${head}${record}\n"a${record.repeat(700)}${'x'.repeat(MAX_LINE_BYTES + 1)}\n${record}`,
  );
  const rows = await all(readCsv(pieces(open, [2, 50_000]), CSV, new VehicleNames({}, 'x')));
  t.same(rows.filter((row) => row.kind === 'fault').map(short), ['4 row-malformed', '704 row-too-long']);
  t.equal(rows.length, 703);
});

async function* itemsOf(
  list: readonly (readonly [tracker: string, eventMs: number, receivedMs: number | null])[],
): AsyncGenerator<TraceItem> {
  let row = 0;
  for (const [tracker, eventMs, receivedMs] of list) {
    row += 1;
    yield {
      kind: 'fix',
      row,
      tracker,
      fix: fixAt(EIGHT + eventMs),
      receivedMs: receivedMs === null ? null : EIGHT + receivedMs,
    };
  }
}

t.test('orders: arrival by receive time or by the latest event time so far; event order sorts', async (t) => {
  const rows = [
    ['a', 1_000, 4_000],
    ['b', 9_000, 12_000],
    ['a', 3_000, 11_000],
    ['a', 30_000, 31_000],
  ] as const;
  const arrivals = async (list: Parameters<typeof itemsOf>[0], order: 'file' | 'event-time'): Promise<unknown[]> => {
    const source = await ReplaySource.open(itemsOf(list), order);
    const seen: unknown[] = [];
    for (let ms = source.fromMs; source.nextAfter() !== null; ms += 1_000) {
      const { reports } = await source.due(ms, ms + 1_000);
      for (const { tracker, fixes } of reports) {
        seen.push([ms + 1_000 - EIGHT, tracker, ...fixes.map((fix) => fix.eventTimeMs - EIGHT)]);
      }
    }
    return seen;
  };
  t.same(await arrivals(rows, 'file'), [
    [4_000, 'a', 1_000],
    [12_000, 'b', 9_000],
    [12_000, 'a', 3_000],
    [31_000, 'a', 30_000],
  ]);
  t.same(
    await arrivals(
      rows.map(([tracker, event]) => [tracker, event, null] as const),
      'file',
    ),
    [
      [1_000, 'a', 1_000],
      [9_000, 'b', 9_000],
      [9_000, 'a', 3_000],
      [30_000, 'a', 30_000],
    ],
  );
  t.same(await arrivals(rows, 'event-time'), [
    [1_000, 'a', 1_000],
    [3_000, 'a', 3_000],
    [9_000, 'b', 9_000],
    [30_000, 'a', 30_000],
  ]);
});

t.test('a replay crosses holes with ticks, batches what shares a step, and counts', async (t) => {
  const events: string[] = [];
  const server = await startFakeServer({
    onReport: (report, socket) => {
      events.push(report.fixes.map((fix) => (fix.eventTimeMs ?? 0) - EIGHT).join('+'));
      acknowledge(socket, report);
    },
  });
  const trackers = new TrackerPool({ url: server.url, tokenOf: () => 'x' });
  const progress: number[] = [];
  const { counts, driver } = await replayTrace({
    trace: itemsOf([
      ['a', 0, null],
      ['a', 2_000, null],
      ['a', 4_000, null],
      ['a', 60_000, null],
    ]),
    order: 'file',
    trackers,
    setClock: async (nowMs) => {
      events.push(`@${(nowMs - EIGHT) / 1_000}`);
    },
    onProgress: ({ rows }) => progress.push(rows),
  });
  t.same(events, ['@-1', '@4', '0+2000+4000', '@14', '@24', '@34', '@44', '@54', '@59', '@64', '60000', '@65']);
  t.match(counts, { rows: 4, fixes: 4, faults: {} });
  t.match(driver.counters, { handedOver: 4, acknowledged: 4, reports: 2 });
  t.equal(progress.at(-1), 4);
  await trackers.close();
  await server.kill();
});

t.test('more fixes in one step than a report takes, or than are answered at once', async (t) => {
  const rows = Array.from({ length: 45_000 }, (_, index) => ['a', 0, index < 22_000 ? null : 0] as const);
  const source = await ReplaySource.open(itemsOf(rows), 'file');
  const sizes: number[] = [];
  for (let more = true; more; ) {
    const work = await source.due(source.fromMs, EIGHT);
    more = work.more;
    sizes.push(...work.reports.map(({ fixes }) => fixes.length));
  }
  t.equal(Math.max(...sizes), 1_000);
  t.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    45_000,
  );
  t.equal(source.counts.fixes, 45_000);
});

t.test('the Limerick bus', needsTrace('limerick_bus_304.gpx'), async (t) => {
  const survey = await surveyTrace({ path: sharedTrace('limerick_bus_304.gpx') as string });
  t.match(survey, { rows: 2_144, fixes: 2_144, faults: {}, trackers: [{ tracker: 'limerick-bus-304', fixes: 2_144 }] });
});

t.test('the Yunnan day', needsTrace('yunnan_border_fleet_arrival_order.ndjson'), async (t) => {
  const mapping: ColumnMapping = {
    vehicle: 'veh',
    time: 'fix',
    lat: 'lat',
    lng: 'lon',
    speed: 'speed',
    course: 'az',
    ignition: 'acc',
    receive: 'recv',
  };
  const trace = { path: sharedTrace('yunnan_border_fleet_arrival_order.ndjson') as string, mapping };
  const survey = await surveyTrace(trace);
  t.match(survey, { rows: 3_561, fixes: 3_561, faults: {} });
  t.equal(survey.trackers.length, 2);
  const times = new Set<string>();
  let [lastMs, back] = [0, 0];
  for await (const item of readTrace(trace)) {
    if (item.kind === 'fault') continue;
    times.add(`${item.tracker} ${item.fix.eventTimeMs}`);
    if ((item.receivedMs ?? 0) < lastMs) back += 1;
    lastMs = item.receivedMs ?? 0;
  }
  t.equal(times.size, 1_388, 'distinct fixes');
  t.equal(back, 0, 'in arrival order');
});

t.test('the Austin day', needsTrace('austin_buses_2017-03-21.csv.gz'), async (t) => {
  const mapping: ColumnMapping = {
    vehicle: 'vehicle_id',
    time: 'timestamp',
    lat: 'latitude',
    lng: 'longitude',
    speed: 'speed',
    speedUnit: 'mps',
  };
  const survey = await surveyTrace({ path: sharedTrace('austin_buses_2017-03-21.csv.gz') as string, mapping });
  t.match(survey, { rows: 45_386, fixes: 45_386, faults: {} });
  t.equal(survey.trackers.length, 329);
});

t.test('oddities of GPX', needsTrace('gpx'), async (t) => {
  const expected: Record<string, object> = {
    'track-with-empty-segment.gpx': { rows: 9, fixes: 9 },
    'track-with-less-sec-time.gpx': {
      rows: 2,
      fixes: 2,
      event: { fromMs: 1_449_844_993_000, toMs: 1_449_844_993_994 },
    },
    'track-with-extremes.gpx': { fixes: 0 },
    'track_with_dilution_errors.gpx': { rows: 1, faults: { 'time-missing': 1 } },
    'korita-zbevnica.gpx': { rows: 871, fixes: 513, faults: { 'time-missing': 358 } },
  };
  for (const [name, survey] of Object.entries(expected)) {
    t.match(await surveyTrace({ path: join(sharedTrace('gpx') as string, name) }), survey, name);
  }
});
