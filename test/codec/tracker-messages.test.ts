import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { isRejected, parseFix, wireFixOf } from '../../src/codec/fix-parser.js';
import {
  decodeServerMessage,
  decodeTrackerMessage,
  encodeHeartbeat,
  encodeReport,
  encodeServerMessage,
  type ServerMessage,
  type TrackerMessage,
} from '../../src/codec/tracker-messages.js';
import { wire } from '../../src/codec/wire.js';
import { emptyWireFix, type WireFix } from '../../src/codec/wire-fix.js';
import { BeatwatchError } from '../../src/model/errors.js';
import { FIX_REJECTIONS } from '../../src/model/fix.js';
import { MAX_FIXES_PER_REPORT, MAX_FRAME_BYTES, MAX_REPORT_ID_BYTES } from '../../src/model/limits.js';
import { anyWireFix, NOW_MS, record, reportId, validFix } from './arbitraries.js';
import { codeOf, drive, holds, randomBytes, randomUint32 } from './support.js';

const FRAME_FAULTS = [
  'frame-empty',
  'frame-too-large',
  'frame-garbage',
  'report-id-length',
  'no-fixes',
  'too-many-fixes',
];

function fixesOf(message: TrackerMessage): readonly WireFix[] {
  return message.kind === 'report' ? message.fixes : [];
}

t.test('a report comes back as it was sent', async (t) => {
  holds(
    t,
    fc.property(reportId, fc.array(anyWireFix, { minLength: 1, maxLength: 20 }), (id, fixes) => {
      assert.deepStrictEqual(decodeTrackerMessage(encodeReport(id, fixes)), { kind: 'report', reportId: id, fixes });
    }),
  );
  t.same(decodeTrackerMessage(encodeHeartbeat()), { kind: 'heartbeat' });
});

t.test('a valid fix passes the wire and the parser unchanged', async (t) => {
  holds(
    t,
    fc.property(fc.array(validFix, { minLength: 1, maxLength: 20 }), (fixes) => {
      const message = decodeTrackerMessage(encodeReport(new Uint8Array([1]), fixes.map(wireFixOf)));
      assert.deepStrictEqual(
        fixesOf(message).map((fix, index) => parseFix(fix, index, NOW_MS)),
        fixes,
      );
    }),
  );
});

t.test('whatever the wire carries is a fix or a refusal with its index (P1)', async (t) => {
  holds(
    t,
    fc.property(anyWireFix, fc.nat({ max: 999 }), (fix, index) => {
      const parsed = parseFix(fix, index, NOW_MS);
      if (!isRejected(parsed)) return assert.deepStrictEqual(wireFixOf(parsed), fix);
      assert.equal(parsed.index, index);
      return assert.ok(FIX_REJECTIONS.includes(parsed.code));
    }),
  );
});

t.test('the hand-written reader agrees with the generated decoder', async (t) => {
  holds(
    t,
    fc.property(reportId, fc.array(anyWireFix, { minLength: 1, maxLength: 20 }), (id, fixes) => {
      const frame = encodeReport(id, fixes);
      const theirs = wire.TrackerFrame.decode(frame).report?.fixes ?? [];
      const ours = fixesOf(decodeTrackerMessage(frame));
      assert.deepStrictEqual(ours, theirs.map((fix) => ({ ...emptyWireFix(), ...fix })).map(withoutPresenceMarks));
    }),
  );
});

/** The generated classes keep `_lngE7: "lngE7"` beside each optional field. */
function withoutPresenceMarks(fix: object): object {
  return Object.fromEntries(Object.entries(fix).filter(([key]) => !key.startsWith('_')));
}

t.test('nothing that is returned shares memory with the frame', async (t) => {
  const frame = Uint8Array.from(encodeReport(new Uint8Array([7, 8, 9]), drive(2, NOW_MS).map(wireFixOf)));
  const message = decodeTrackerMessage(frame);
  const before = structuredClone(message);
  frame.fill(0xff);
  t.same(message, before);

  const ackFrame = Uint8Array.from(
    encodeServerMessage({ kind: 'ack', reportId: new Uint8Array([7]), durable: true, rejected: [] }),
  );
  const ack = decodeServerMessage(ackFrame);
  ackFrame.fill(0xff);
  t.same(ack.kind === 'ack' && ack.reportId, new Uint8Array([7]));
});

t.test('caps: the limit passes, one more is refused', async (t) => {
  const one = new Uint8Array([1]);
  const most = drive(MAX_FIXES_PER_REPORT, NOW_MS).map(wireFixOf);
  t.equal(fixesOf(decodeTrackerMessage(encodeReport(one, most))).length, MAX_FIXES_PER_REPORT);
  const over = encodeReport(one, [...most, ...most.slice(0, 1)]);
  t.ok(over.length <= MAX_FRAME_BYTES, 'the frame itself is small enough');
  try {
    decodeTrackerMessage(over);
    t.fail('one fix too many was taken');
  } catch (error) {
    t.match(error, {
      code: 'too-many-fixes',
      details: { reportId: '01' },
      message: 'fixes: got 1001, expected 1..1000',
    });
  }

  const fix = [{ ...emptyWireFix(), eventTimeMs: NOW_MS }];
  t.equal(
    codeOf(() => decodeTrackerMessage(encodeReport(new Uint8Array(MAX_REPORT_ID_BYTES), fix))),
    null,
  );
  t.equal(
    codeOf(() => decodeTrackerMessage(encodeReport(new Uint8Array(MAX_REPORT_ID_BYTES + 1), fix))),
    'report-id-length',
  );
  t.equal(
    codeOf(() => decodeTrackerMessage(encodeReport(new Uint8Array(0), fix))),
    'report-id-length',
  );

  t.equal(
    codeOf(() => decodeTrackerMessage(paddedFrame(MAX_FRAME_BYTES))),
    null,
  );
  t.equal(
    codeOf(() => decodeTrackerMessage(paddedFrame(MAX_FRAME_BYTES + 1))),
    'frame-too-large',
  );
});

/** A heartbeat and an unknown field that fills the frame up to a length. */
function paddedFrame(length: number): Uint8Array {
  const heartbeat = encodeHeartbeat();
  const padding = length - heartbeat.length - 4;
  const header = [(9 << 3) | 2, (padding & 127) | 128, ((padding >>> 7) & 127) | 128, padding >>> 14];
  return Uint8Array.from([...heartbeat, ...header, ...new Uint8Array(padding)]);
}

t.test('a frame of empty fixes is counted to its end and refused', async (t) => {
  // 2 bytes a fix.
  const fixes = 32_000;
  const report = Uint8Array.from([0x0a, 1, 7, ...new Array<readonly number[]>(fixes).fill([0x12, 0]).flat()]);
  const frame = wire.TrackerFrame.encode({}).bytes(report).finish();
  const tagged = Uint8Array.from([0x0a, ...frame]);
  t.throws(() => decodeTrackerMessage(tagged), {
    code: 'too-many-fixes',
    message: 'fixes: got 32000, expected 1..1000',
  });
});

t.test('fixes past the cap are not made: what is wrong in them does not matter', async (t) => {
  const fix = [0x12, 0];
  const broken = [0x12, 1, 0x07];
  const frame = (...fixes: number[][]) => {
    const report = Uint8Array.from([0x0a, 1, 7, ...fixes.flat()]);
    return Uint8Array.from([0x0a, ...wire.TrackerFrame.encode({}).bytes(report).finish()]);
  };
  const most = new Array<number[]>(MAX_FIXES_PER_REPORT - 1).fill(fix);
  t.equal(
    codeOf(() => decodeTrackerMessage(frame(...most, broken))),
    'frame-garbage',
  );
  t.equal(
    codeOf(() => decodeTrackerMessage(frame(...most, fix, broken))),
    'too-many-fixes',
  );
});

t.test('every prefix of a valid frame is read or refused with a code', async (t) => {
  const frames = [
    encodeReport(new Uint8Array([1, 2, 3]), drive(5, NOW_MS).map(wireFixOf)),
    encodeHeartbeat(),
    Uint8Array.from([...encodeHeartbeat(), 0x98, 0x06, 0x07]),
  ];
  for (const frame of frames) {
    t.equal(
      codeOf(() => decodeTrackerMessage(frame)),
      null,
    );
    for (let length = 0; length < frame.length; length++) {
      const code = codeOf(() => decodeTrackerMessage(frame.subarray(0, length)));
      t.ok(code === null || FRAME_FAULTS.includes(code), `${length} of ${frame.length} bytes: ${code}`);
    }
  }
});

t.test('any one byte of a valid frame changed is read or refused with a code', async (t) => {
  const frame = encodeReport(new Uint8Array([1, 2, 3]), drive(2, NOW_MS).map(wireFixOf));
  const unexpected: string[] = [];
  let refused = 0;
  for (let at = 0; at < frame.length; at++) {
    for (let value = 0; value < 256; value++) {
      const changed = Uint8Array.from(frame);
      changed[at] = value;
      const code = codeOf(() => fixesOf(decodeTrackerMessage(changed)).map((fix, i) => parseFix(fix, i, NOW_MS)));
      if (code !== null) refused++;
      if (code !== null && !FRAME_FAULTS.includes(code)) unexpected.push(`${at}: ${value}: ${code}`);
    }
  }
  t.same(unexpected, []);
  t.ok(refused > 100, `${refused} refused`);
});

t.test('random bytes are refused with a code, or are a message', async (t) => {
  const next = randomUint32();
  const codes = new Map<string | null, number>();
  for (let i = 0; i < 10_000; i++) {
    const bytes = randomBytes(next, 80);
    // Half of them begin like a report, to come further.
    if (i % 2 === 0 && bytes.length > 6) bytes.set([0x0a, bytes.length - 2, 0x0a, 1, 1, 0x12]);
    const code = codeOf(() => decodeTrackerMessage(bytes));
    codes.set(code, (codes.get(code) ?? 0) + 1);
    const answer = codeOf(() => decodeServerMessage(bytes));
    if (answer !== null && answer !== 'frame-garbage' && answer !== 'frame-empty') t.fail(`server message: ${answer}`);
  }
  const unknown = [...codes.keys()].filter((code) => code !== null && !FRAME_FAULTS.includes(code));
  t.same(unknown, []);
  t.comment(JSON.stringify([...codes]));
});

t.test('server messages come back as they were sent', async (t) => {
  const uint32 = fc.nat({ max: 0xffff_ffff });
  const message: fc.Arbitrary<ServerMessage> = fc.oneof(
    record({
      kind: fc.constant('welcome' as const),
      protocolVersion: uint32,
      serverTimeMs: fc.maxSafeNat(),
      reportIntervalMs: uint32,
      maxFixesPerReport: uint32,
      maxFrameBytes: uint32,
      maxUnacknowledgedBytes: uint32,
      heartbeatIntervalMs: uint32,
    }),
    record({
      kind: fc.constant('ack' as const),
      reportId,
      durable: fc.boolean(),
      rejected: fc.array(record({ index: fc.nat({ max: 999 }), code: fc.constantFrom(...FIX_REJECTIONS) })),
    }),
    record({
      kind: fc.constant('refusal' as const),
      reportId: fc.option(reportId),
      code: fc.string({ minLength: 1 }),
      detail: fc.string(),
      retryAfterMs: fc.option(uint32),
    }),
  );
  holds(
    t,
    fc.property(message, (sent) => assert.deepStrictEqual(decodeServerMessage(encodeServerMessage(sent)), sent)),
  );
});

t.test('64-bit fields are numbers, exact to 2^53', async (t) => {
  const fix = { ...emptyWireFix(), eventTimeMs: Number.MAX_SAFE_INTEGER };
  const [got] = fixesOf(decodeTrackerMessage(encodeReport(new Uint8Array([1]), [fix])));
  t.equal(got?.eventTimeMs, Number.MAX_SAFE_INTEGER);
  t.throws(() => decodeTrackerMessage(new Uint8Array(0)), BeatwatchError);
});
