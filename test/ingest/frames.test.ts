import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import protobuf from 'protobufjs';
import t from 'tap';
import { encodeHeartbeat, encodeReport } from '../../src/codec/tracker-messages.js';
import type { WireFix } from '../../src/codec/wire-fix.js';
import { CLOSE_CODES } from '../../src/protocol/tracker-close-codes.js';
import {
  FRAME_BURST,
  HEARTBEAT_LOG_MS,
  MAX_FRAGMENTS,
  MAX_FRAMES_PER_S,
  MAX_GARBAGE_IN_A_ROW,
  MAX_TOO_FAST_FRAMES,
} from '../../src/ingest/limits.js';
import { REFUSAL_CODES } from '../../src/ingest/refusal-codes.js';
import {
  EARLIEST_EVENT_MS,
  MAX_FIXES_PER_REPORT,
  MAX_FRAME_BYTES,
  MAX_REPORT_ID_BYTES,
  MAX_UNACKNOWLEDGED_BYTES,
  REFUSE_AHEAD_MS,
} from '../../src/model/limits.js';
import { STAY_AWAY_CLOSE_CODES } from '../../src/simulator/link-end.js';
import {
  connect,
  DISTRICT,
  fixAt,
  fixesAt,
  idOf,
  MemoryDistrict,
  NOW_MS,
  open,
  padded,
  reportId,
  startIngest,
  until,
} from './support.js';

t.test('a socket begins with a welcome that the published .proto describes', async (t) => {
  const district = new MemoryDistrict('t-1');
  const { url } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await open(t, url, 't-1');
  t.strictSame(await tracker.next(), {
    kind: 'welcome',
    protocolVersion: 1,
    serverTimeMs: NOW_MS,
    reportIntervalMs: 10_000,
    maxFixesPerReport: MAX_FIXES_PER_REPORT,
    maxFrameBytes: MAX_FRAME_BYTES,
    maxUnacknowledgedBytes: MAX_UNACKNOWLEDGED_BYTES,
    heartbeatIntervalMs: 24_000,
  });
  await tracker.ask(encodeReport(reportId(1), [fixAt(1), fixAt(2, { latE7: 910_000_000 })]));
  await tracker.ask(encodeReport(reportId(2), []));

  const serverFrame = protobuf
    .loadSync(join(projectRoot(), 'proto/tracker.proto'))
    .lookupType('beatwatch.v1.ServerFrame');
  const seen = tracker.frames.map((frame) => serverFrame.toObject(serverFrame.decode(frame), { bytes: String }));
  t.match(seen, [
    { welcome: { protocolVersion: 1, maxFrameBytes: MAX_FRAME_BYTES } },
    { ack: { reportId: 'AAAAAQ==', durable: true, rejected: [{ index: 1, code: 'latitude-range' }] } },
    { refusal: { reportId: 'AAAAAg==', code: 'no-fixes', detail: /got 0, expected 1\.\.1000/ } },
  ]);
  t.notOk(JSON.stringify(seen[2]).includes('retryAfterMs'), 'a report that is wrong is not to be sent again');
});

t.test('a report is logged as it was sent, and acknowledged (P1)', async (t) => {
  const district = new MemoryDistrict('t-1');
  const { url, metrics } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  const answer = await tracker.ask(encodeReport(reportId(7), [fixAt(1, { sos: true, speedCmps: 0 }), fixAt(0)]));
  t.strictSame({ ...answer, reportId: idOf(answer) }, { kind: 'ack', reportId: 7, durable: true, rejected: [] });
  t.match(district.batches(), [
    {
      tracker: 't-1',
      reportId: '00000007',
      fixes: [
        {
          eventTimeMs: fixAt(1).eventTimeMs,
          position: { lngE7: 1_161_000_000, latE7: 243_000_000 },
          sos: true,
          speedCmps: 0,
        },
        { eventTimeMs: fixAt(0).eventTimeMs, sos: null, speedCmps: null },
      ],
      rejected: [],
    },
  ]);
  district.isDurable = false;
  t.match(
    await tracker.ask(encodeReport(reportId(7), [fixAt(1)])),
    { kind: 'ack', durable: false },
    'sent again: acked again',
  );
  t.equal(metrics.counts.get('reports_total'), 2);
  t.equal(metrics.counts.get('fixes_total logged'), 3);
});

t.test('nonsense in a fix rejects that fix, with its index and reason', async (t) => {
  const district = new MemoryDistrict('t-1');
  const { url, metrics } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  const cases: readonly (readonly [Partial<WireFix>, string | null])[] = [
    [{ latE7: 910_000_000 }, 'latitude-range'],
    [{ latE7: 900_000_000 }, null],
    [{ latE7: 900_000_001 }, 'latitude-range'],
    [{ lngE7: -1_800_000_000 }, null],
    [{ lngE7: -1_800_000_001 }, 'longitude-range'],
    [{ latE7: null }, 'position-incomplete'],
    [{ lngE7: null, latE7: null }, null],
    [{ eventTimeMs: null }, 'time-missing'],
    [{ eventTimeMs: 0 }, 'time-too-old'],
    [{ eventTimeMs: EARLIEST_EVENT_MS - 1 }, 'time-too-old'],
    [{ eventTimeMs: EARLIEST_EVENT_MS }, null],
    [{ eventTimeMs: 4_080_000_000_000 }, 'time-too-far-ahead'],
    [{ eventTimeMs: NOW_MS + REFUSE_AHEAD_MS }, null],
    [{ eventTimeMs: NOW_MS + REFUSE_AHEAD_MS + 1 }, 'time-too-far-ahead'],
    [{ courseCdeg: 36_000 }, 'course-range'],
    [{ hdopCenti: 0 }, 'hdop-range'],
  ];
  const answer = await tracker.ask(
    encodeReport(
      reportId(1),
      cases.map(([change], step) => fixAt(step, change)),
    ),
  );
  const expected = cases.flatMap(([, code], index) => (code === null ? [] : [{ index, code }]));
  t.match(answer, { kind: 'ack', rejected: expected });
  t.strictSame(district.batches()[0]?.rejected, expected, 'logged with the reason');
  t.equal(district.batches()[0]?.fixes.length, cases.length - expected.length);

  const bad = fixesAt(MAX_FIXES_PER_REPORT).map((fix, index) => (index === 617 ? { ...fix, latE7: 910_000_000 } : fix));
  t.match(await tracker.ask(encodeReport(reportId(2), bad)), {
    kind: 'ack',
    rejected: [{ index: 617, code: 'latitude-range' }],
  });
  t.equal(district.batches()[1]?.fixes.length, 999, 'the 999 beside it are logged');

  const allBad = [fixAt(1, { eventTimeMs: 0 }), fixAt(2, { latE7: 910_000_000 })];
  t.match(await tracker.ask(encodeReport(reportId(3), allBad)), {
    kind: 'ack',
    rejected: [{ index: 0 }, { index: 1 }],
  });
  t.match(district.batches()[2], { fixes: [], rejected: [{ code: 'time-too-old' }, { code: 'latitude-range' }] });

  t.match(await tracker.ask(reportWithLongitudeAsVarint()), {
    kind: 'ack',
    rejected: [{ index: 0, code: 'position-incomplete' }],
  });
  t.equal(metrics.counts.get('fixes_total rejected'), expected.length + 4);
});

t.test('wire limits: at the limit a report is taken, one past it it is refused', async (t) => {
  const district = new MemoryDistrict('t-1');
  const { url, metrics } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  const id = (bytes: number) => new Uint8Array(bytes).fill(1);
  const refusal = (code: string) => ({ kind: 'refusal', code, retryAfterMs: null });

  t.match(await tracker.ask(encodeReport(id(1), [fixAt(1)])), { kind: 'ack' });
  t.match(await tracker.ask(encodeReport(id(MAX_REPORT_ID_BYTES), [fixAt(1)])), { kind: 'ack', reportId: id(16) });
  t.match(await tracker.ask(encodeReport(id(MAX_REPORT_ID_BYTES + 1), [fixAt(1)])), refusal('report-id-length'));
  t.match(await tracker.ask(encodeReport(id(0), [fixAt(1)])), refusal('report-id-length'));
  t.match(await tracker.ask(encodeReport(id(1), fixesAt(MAX_FIXES_PER_REPORT))), { kind: 'ack' });
  const tooMany = await tracker.ask(encodeReport(reportId(5), fixesAt(MAX_FIXES_PER_REPORT + 1)));
  t.match(tooMany, { ...refusal('too-many-fixes'), detail: /got 1001, expected 1\.\.1000/ });
  t.equal(idOf(tooMany), 5, 'it names the report');
  t.match(await tracker.ask(padded(encodeReport(reportId(6), [fixAt(1)]), MAX_FRAME_BYTES)), { kind: 'ack' });
  t.equal(district.batches().length, 4);

  tracker.send(padded(encodeReport(reportId(7), [fixAt(1)]), MAX_FRAME_BYTES + 1));
  t.match(await tracker.closed, { code: CLOSE_CODES.oversize.code });
  await until(() => metrics.counts.get('closes_total oversize') === 1);

  const inParts = await connect(t, url, 't-1');
  const frame = padded(encodeReport(reportId(8), [fixAt(1)]), MAX_FRAME_BYTES);
  inParts.socket.send(frame.subarray(0, 40_000), { fin: false });
  inParts.socket.send(frame.subarray(40_000), { fin: true });
  t.match(await inParts.next(), { kind: 'ack' }, 'a message in several frames is one message');
  inParts.socket.send(frame.subarray(0, 40_000), { fin: false });
  inParts.socket.send(Buffer.alloc(MAX_FRAME_BYTES + 1 - 40_000), { fin: true });
  t.match(await inParts.closed, { code: CLOSE_CODES.oversize.code }, 'and has the same limit');
  t.equal(district.batches().length, 5);
});

t.test('garbage, truncated and empty frames are refused, and valid ones beside them are taken [hostile]', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2');
  const { url } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  const neighbour = await connect(t, url, 't-2');
  t.match(await tracker.ask(new Uint8Array(0)), { kind: 'refusal', code: 'frame-empty', reportId: null });
  t.match(await tracker.ask(Buffer.from('fa0100', 'hex')), { code: 'frame-empty' }, 'a body of a later version');
  t.match(await tracker.ask(Buffer.from('ffffffffffffffffffffff', 'hex')), { kind: 'refusal', code: 'frame-garbage' });

  const whole = encodeReport(reportId(1), fixesAt(3));
  const codes = new Set<string>();
  for (let length = 1; length < whole.length; length++) {
    const answer = await tracker.ask(whole.subarray(0, length));
    codes.add(answer.kind === 'refusal' ? answer.code : answer.kind);
    t.match(await tracker.ask(encodeReport(reportId(length), [fixAt(length)])), { kind: 'ack' });
  }
  t.strictSame([...codes], ['frame-garbage']);
  t.equal(district.batches().length, whole.length - 1, 'nothing of a truncated report is taken');

  const garbage = Buffer.from('0aff', 'hex');
  for (let i = 1; i < MAX_GARBAGE_IN_A_ROW; i++) await tracker.ask(garbage);
  t.match(await tracker.ask(encodeReport(reportId(1), [fixAt(1)])), { kind: 'ack' }, 'a valid frame ends the row');
  for (let i = 1; i <= MAX_GARBAGE_IN_A_ROW; i++) t.match(await tracker.ask(garbage), { code: 'frame-garbage' });
  t.strictSame(await tracker.closed, { code: CLOSE_CODES.garbage.code, reason: 'garbage' });
  t.match(await neighbour.ask(encodeReport(reportId(1), [fixAt(1)])), { kind: 'ack' }, 'nobody else notices');
});

t.test('a text frame is refused and closes the socket', async (t) => {
  const district = new MemoryDistrict('t-1');
  const { url } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  tracker.socket.send('{"lat": 24.3}');
  tracker.report(1);
  t.match(await tracker.next(), { kind: 'refusal', code: 'frame-text' });
  t.strictSame(await tracker.closed, { code: CLOSE_CODES['text-frame'].code, reason: 'text-frame' });
  t.strictSame(district.batches(), [], 'what came after it was not taken');

  const broken = await connect(t, url, 't-1');
  broken.socket.send(Buffer.from('ff', 'hex'), { binary: false });
  t.match(await broken.closed, { code: CLOSE_CODES['text-frame'].code }, 'text that is no UTF-8 likewise');
});

t.test('too fast: refused until the time to retry, and closed when that is ignored [hostile]', async (t) => {
  const district = new MemoryDistrict('t-1');
  const { url, timers, metrics } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  for (let i = 1; i < FRAME_BURST; i++) tracker.send(encodeHeartbeat());
  t.match(await tracker.ask(encodeReport(reportId(1), [fixAt(1)])), { kind: 'ack' }, 'the last of the burst');

  const tooFast = await tracker.ask(encodeReport(reportId(2), [fixAt(2)]));
  t.match(tooFast, { kind: 'refusal', code: 'too-fast', retryAfterMs: (FRAME_BURST / 2 / MAX_FRAMES_PER_S) * 1_000 });
  t.equal(idOf(tooFast), 2, 'it names the report that is to be sent again');
  timers.jump(999);
  t.match(await tracker.ask(encodeReport(reportId(2), [fixAt(2)])), { code: 'too-fast', retryAfterMs: 1 });
  timers.jump(1);
  t.match(await tracker.ask(encodeReport(reportId(2), [fixAt(2)])), { kind: 'ack' });
  t.equal(metrics.counts.get('refusals_total too-fast'), 2);

  for (let i = 2; i <= FRAME_BURST / 2; i++) tracker.send(encodeHeartbeat());
  t.match(await tracker.ask(encodeReport(reportId(3), [fixAt(3)])), { code: 'too-fast' });
  for (let i = 2; i < MAX_TOO_FAST_FRAMES; i++) tracker.send(encodeHeartbeat());
  tracker.socket.ping();
  t.match(
    await tracker.ask(encodeReport(reportId(3), [fixAt(3)])),
    { code: 'too-fast' },
    'pings count; the last that is borne',
  );
  tracker.report(4);
  t.strictSame(await tracker.closed, { code: CLOSE_CODES['too-fast'].code, reason: 'too-fast' });
  t.equal(district.batches().length, 2);
});

t.test('too fast on one socket is too fast on the next: a new connection gives no new burst [hostile]', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2');
  const { url, timers } = await startIngest(t, { [DISTRICT]: district });
  const first = await connect(t, url, 't-1');
  for (let i = 0; i < FRAME_BURST; i++) first.send(encodeHeartbeat());
  t.match(await first.ask(encodeReport(reportId(1), [fixAt(1)])), { code: 'too-fast' });
  const second = await connect(t, url, 't-1');
  t.match(await second.ask(encodeReport(reportId(1), [fixAt(1)])), { code: 'too-fast' });
  const other = await connect(t, url, 't-2');
  t.match(await other.ask(encodeReport(reportId(1), [fixAt(1)])), { kind: 'ack' });
  for (let i = 1; i <= MAX_TOO_FAST_FRAMES; i++) second.send(encodeHeartbeat());
  t.match(await second.closed, { reason: 'too-fast' });
  const third = await connect(t, url, 't-1');
  third.report(1);
  t.match(await third.closed, { reason: 'too-fast' }, 'it was told to wait');
  timers.jump((FRAME_BURST / 2 / MAX_FRAMES_PER_S) * 1_000);
  const patient = await connect(t, url, 't-1');
  t.match(await patient.ask(encodeReport(reportId(1), [fixAt(1)])), { kind: 'ack' });
});

t.test('pings are answered; a flood of them is closed with its own code', async (t) => {
  const { url } = await startIngest(t, { [DISTRICT]: new MemoryDistrict('t-1') });
  const { socket, closed } = await open(t, url, 't-1');
  const pongs: string[] = [];
  socket.on('pong', (data: Buffer) => pongs.push(String(data)));
  socket.ping('hello');
  await until(() => pongs.length === 1);
  t.strictSame(pongs, ['hello']);
  const flood = setInterval(() => {
    for (let i = 0; i < 500 && socket.readyState === socket.OPEN; i += 1) socket.ping();
  }, 1);
  t.strictSame(await closed, { code: CLOSE_CODES['too-fast'].code, reason: 'too-fast' });
  clearInterval(flood);
  t.ok(pongs.length <= FRAME_BURST + MAX_FRAMES_PER_S, `${pongs.length} were answered`);
});

t.test('a message has at most so many fragments, empty ones too', async (t) => {
  const { url } = await startIngest(t, { [DISTRICT]: new MemoryDistrict('t-1') });
  const tracker = await open(t, url, 't-1');
  const inParts = (parts: number) => {
    tracker.socket.send(encodeReport(reportId(1), [fixAt(1)]), { fin: false });
    for (let i = 2; i < parts; i += 1) tracker.socket.send(new Uint8Array(0), { fin: false });
    tracker.socket.send(new Uint8Array(0), { fin: true });
  };
  await tracker.next();
  inParts(MAX_FRAGMENTS);
  t.match(await tracker.next(), { kind: 'ack' });
  inParts(MAX_FRAGMENTS + 1);
  t.match(await Promise.race([tracker.closed, tracker.next()]), { code: CLOSE_CODES.fragments.code });
});

t.test('heartbeats of many trackers become one entry, and say nothing beside a report', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2', 't-3');
  const { url, clock, metrics } = await startIngest(t, { [DISTRICT]: district });
  const [one, two, three] = [await connect(t, url, 't-1'), await connect(t, url, 't-2'), await connect(t, url, 't-3')];
  district.hold();
  three.report(1);
  await until(() => district.appending === 1);
  two.send(encodeHeartbeat());
  one.send(encodeHeartbeat());
  one.send(encodeHeartbeat());
  three.send(encodeHeartbeat());
  three.report(2);
  // The answer to an empty frame says that the frames before it were read.
  await Promise.all([one.ask(new Uint8Array(0)), two.ask(new Uint8Array(0))]);
  await until(() => metrics.counts.get('reports_total') === 2);
  district.letGo();
  await three.next();
  await three.next();
  await until(() => district.entries.length === 3);
  t.strictSame(district.entries.at(-1), { kind: 'heartbeat', trackers: ['t-1', 't-2'] });

  clock.atMs += HEARTBEAT_LOG_MS - 1;
  one.send(encodeHeartbeat());
  await one.ask(new Uint8Array(0));
  clock.atMs += 1;
  one.send(encodeHeartbeat());
  await until(() => district.entries.length === 4);
  t.strictSame(district.entries.at(-1), { kind: 'heartbeat', trackers: ['t-1'] }, 'once in a second of log time');
});

t.test('the published tables agree with each other and with our own tracker client', (t) => {
  const codes = Object.values(CLOSE_CODES);
  t.equal(new Set(codes.map(({ code }) => code)).size, codes.length, 'each close code means one thing');
  t.ok(codes.every(({ code }) => [1001, 1002, 1008, 1009].includes(code) || (code >= 4000 && code < 5000)));
  const never = codes.filter(({ reconnect }) => reconnect === 'never').map(({ code }) => code);
  t.strictSame(new Set(STAY_AWAY_CLOSE_CODES), new Set(never));
  for (const [reason, { reason: text }] of Object.entries(CLOSE_CODES)) t.ok(text === '' || text === reason);
  const again = Object.entries(REFUSAL_CODES).filter(([, code]) => code.again);
  t.strictSame(again.map(([code]) => code).sort(), [
    'clock',
    'district-quota',
    'district-unavailable',
    'quota',
    'storage-full',
    'too-fast',
  ]);
  t.end();
});

/** A wire type that the generated decoder would skip without a word, so that the fix would seem to have no position. */
function reportWithLongitudeAsVarint(): Uint8Array {
  const fix = protobuf.Writer.create()
    .uint32(1 << 3)
    .uint64(NOW_MS)
    .uint32(2 << 3)
    .uint32(1)
    .finish();
  const report = protobuf.Writer.create()
    .uint32((1 << 3) | 2)
    .bytes(reportId(9))
    .uint32((2 << 3) | 2)
    .bytes(fix)
    .finish();
  return protobuf.Writer.create()
    .uint32((1 << 3) | 2)
    .bytes(report)
    .finish();
}

function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
