import t from 'tap';
import { takeHotDelta } from '../../src/engine/hot-view.js';
import { VAGUE_AFTER_MS } from '../../src/engine/rules/tracker-silence/useless.js';
import type { Fix, FixRejection } from '../../src/model/fix.js';
import type { UnitRecord } from '../../src/model/hot.js';
import { MAX_FENCE_SIGMA_M } from '../../src/model/limits.js';
import { TRACKER_FAULTS, type TrackerFault } from '../../src/model/tracker-fault.js';
import { at, Bench, circle, fix, HOUR, MINUTE, plan, said, T0, unit } from './support.js';
import { latest } from './verdicts.js';

const WEEKS_1024 = 1_024 * 7 * 24 * HOUR;
const { lngE7, latE7 } = at(0);
const AREA = { westE7: lngE7 - 1e6, eastE7: lngE7 + 1e6, southE7: latE7 - 1e6, northE7: latE7 + 1e6 };

function district(duty = 'always'): Bench {
  return new Bench({
    ...plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1', { duty })],
      rules: [{ id: 'silence', kind: 'tracker-silence', severity: 'medium', binds: 'always', units: ['car-1'] }],
      schedules: { short: [T0, T0 + 30 * MINUTE], never: [] },
    }),
    area: AREA,
  });
}

/** A good tracker's fix: it drives, and never stands on one coordinate. */
const good = (ms: number): Fix => fix(ms, at(((ms - T0) / 1_000) % 900), { speedCmps: 1_000 });

/** Talks each ten seconds for a while. */
function talk(bench: Bench, minutes: number, say: (ms: number) => Fix | FixRejection): void {
  const endMs = bench.nowMs + minutes * MINUTE;
  while (bench.nowMs < endMs) {
    bench.tickTo(bench.nowMs + 10_000);
    const word = say(bench.nowMs);
    if (typeof word !== 'string') bench.send('car-1', word);
    else {
      const rejected = [{ index: 0, code: word }];
      bench.append(bench.nowMs, {
        kind: 'fixes',
        batches: [{ tracker: 't-car-1', reportId: '01', fixes: [], rejected }],
      });
    }
  }
  bench.tickTo(bench.nowMs + 1_000);
}

function useless(bench: Bench) {
  return latest(bench.alerts).filter(({ rule }) => rule === 'tracker-useless');
}

function record(bench: Bench): UnitRecord | null | undefined {
  return takeHotDelta(bench.state).units.get('car-1');
}

const FAULTS: Readonly<
  Record<
    string,
    { cause: TrackerFault; offsetMs?: number; health: UnitRecord['health']; say: (ms: number) => Fix | FixRejection }
  >
> = {
  'clock 8 h behind': {
    cause: 'clock-behind',
    offsetMs: -8 * HOUR,
    health: 'clock-fault',
    say: (ms) => good(ms - 8 * HOUR),
  },
  'clock 5 min behind': {
    cause: 'clock-behind',
    offsetMs: -5 * MINUTE,
    health: 'clock-fault',
    say: (ms) => good(ms - 5 * MINUTE),
  },
  'clock 61 s ahead': { cause: 'clock-ahead', offsetMs: 61_000, health: 'clock-fault', say: (ms) => good(ms + 61_000) },
  'week rollover': {
    cause: 'week-rollover',
    offsetMs: -WEEKS_1024,
    health: 'clock-fault',
    say: (ms) => good(ms - WEEKS_1024),
  },
  'frozen time': {
    cause: 'frozen-time',
    health: 'clock-fault',
    say: (ms) => ({ ...good(ms), eventTimeMs: T0 + 60_000 }),
  },
  'frozen position': { cause: 'frozen-position', health: 'live', say: (ms) => fix(ms, at(7), { speedCmps: 1_000 }) },
  'no position': { cause: 'no-position', health: 'no-gnss', say: (ms) => fix(ms, null) },
  'not located': { cause: 'no-position', health: 'no-gnss', say: (ms) => fix(ms, at(0), { located: false }) },
  'zero satellites with an HDOP': {
    cause: 'no-position',
    health: 'no-gnss',
    say: (ms) => fix(ms, at(0), { satellites: 0 }),
  },
  vague: {
    cause: 'vague',
    health: 'live',
    say: (ms) => ({ ...good(ms), hdopCenti: null, accuracyDm: MAX_FENCE_SIGMA_M * 10 + 10 }),
  },
  'swapped coordinates': {
    cause: 'out-of-area',
    health: 'no-gnss',
    say: (ms) => fix(ms, { lngE7: at(0).latE7, latE7: 9e8 }),
  },
  'too far ahead': { cause: 'clock-ahead', health: 'clock-fault', say: () => 'time-too-far-ahead' },
  'too old': { cause: 'clock-behind', health: 'clock-fault', say: () => 'time-too-old' },
  'without times': { cause: 'refused', health: 'no-gnss', say: () => 'time-missing' },
};

t.test(
  'a tracker that talks for 40 minutes and is useless is one alert, with the cause and the offset; its health names both',
  async (t) => {
    for (const [name, { cause, offsetMs, health, say }] of Object.entries(FAULTS)) {
      const bench = district();
      talk(bench, 5, good);
      const sinceMs = bench.nowMs;
      talk(bench, 40, say);
      const [alert, ...more] = useless(bench);
      t.same(more, [], name);
      t.match(
        alert,
        { condition: 'active', severity: 'medium', unit: 'car-1', evidence: { trackerFault: cause } },
        name,
      );
      if (offsetMs !== undefined) t.equal(alert?.evidence.clockOffsetMs, offsetMs, name);
      const startsMs = (alert?.fromMs ?? 0) - sinceMs;
      t.ok(startsMs >= 0 && startsMs < MINUTE, `${name}: from ${startsMs} ms`);
      t.match(
        record(bench),
        { health, trackerFault: cause, ...(offsetMs === undefined ? {} : { clockOffsetMs: offsetMs }) },
        name,
      );
      t.match(said(alert)?.zh, /^CAR-1的定位终端.*没有可用位置（08:0\d起），请.*。$/, name);
      t.match(said(alert)?.en, /^The tracker of CAR-1 .*\.$/, name);
      talk(bench, 1, good);
      t.match(useless(bench), [{ condition: 'cleared' }], `${name}: mended`);
      t.match(record(bench), { health: 'live', trackerFault: null, clockOffsetMs: null }, name);
    }
    const tried = new Set(Object.values(FAULTS).map(({ cause }) => cause));
    t.same([...tried].sort(), [...TRACKER_FAULTS].sort(), 'every cause is tried');
  },
);

t.test('it is told after ten minutes, when it is vague after thirty, and not before', async (t) => {
  for (const [name, minutes] of [
    ['clock 8 h behind', 10],
    ['no position', 10],
    ['vague', VAGUE_AFTER_MS / MINUTE],
  ] as const) {
    const bench = district();
    talk(bench, 5, good);
    talk(bench, minutes - 1, FAULTS[name]?.say ?? good);
    t.same(useless(bench), [], name);
    talk(bench, 2, FAULTS[name]?.say ?? good);
    t.match(useless(bench), [{ condition: 'active' }], name);
  }
});

t.test(
  'a good tracker is not useless: at rest on one coordinate, sending twice, with a backlog, or now and then vague',
  async (t) => {
    const words: Readonly<Record<string, (ms: number, i: number) => readonly Fix[]>> = {
      'at rest': (ms) => [fix(ms, at(0), { speedCmps: 0 })],
      'at rest, without a speed': (ms) => [fix(ms, at(0))],
      'each report twice': (ms) => [good(ms), good(ms)],
      'every other one vague': (ms, i) => [{ ...good(ms), hdopCenti: i % 2 === 0 ? 9_000 : 100 }],
      'stored fixes, oldest first': (ms, i) => [{ ...good(ms - HOUR + i * 30_000), backfill: true }],
      'stored fixes, as fast as they were made': (ms) => [{ ...good(ms - HOUR), backfill: true }],
      'stored fixes that do not say so, oldest first': (ms, i) => [good(ms - HOUR + i * 30_000)],
      'one twice, then stored fixes that do not say so': (ms, i) => [
        i < 2 ? good(T0) : good(ms - 10 * MINUTE - i * 30_000),
      ],
      'stored fixes that do not say so, newest first': (ms, i) => [good(ms - 10 * MINUTE - i * 30_000)],
    };
    for (const [name, say] of Object.entries(words)) {
      const bench = district();
      talk(bench, 5, good);
      let i = 0;
      const endMs = bench.nowMs + 15 * MINUTE;
      while (bench.nowMs < endMs) {
        bench.tickTo(bench.nowMs + 10_000);
        bench.send('car-1', ...say(bench.nowMs, i));
        i += 1;
      }
      t.same(useless(bench), [], name);
    }
  },
);

t.test('stored fixes that come amid a fault do not begin it anew', async (t) => {
  const bench = district();
  talk(bench, 5, good);
  const lostMs = bench.nowMs;
  talk(bench, 6, (ms) => fix(ms, null));
  bench.send('car-1', ...Array.from({ length: 5 }, (_, i) => fix(lostMs - 5 * MINUTE + i * 30_000, at(0))));
  talk(bench, 5, (ms) => fix(ms, null));
  const [told] = useless(bench);
  t.match(told, { condition: 'active' });
  t.ok((told?.fromMs ?? 0) < lostMs + MINUTE, 'from its first word');
});

t.test('stored fixes that come amid a fault do not begin it anew when it began with one of them', async (t) => {
  const bench = district();
  talk(bench, 5, good);
  const lostMs = bench.nowMs;
  bench.send('car-1', fix(lostMs - 9 * MINUTE, at(0)));
  talk(bench, 6, (ms) => fix(ms, null));
  bench.send('car-1', ...Array.from({ length: 5 }, (_, i) => fix(lostMs - 5 * MINUTE + i * 30_000, at(0))));
  talk(bench, 5, (ms) => fix(ms, null));
  const [told] = useless(bench);
  t.match(told, { condition: 'active' });
  t.ok((told?.fromMs ?? 0) < lostMs + MINUTE, 'from its first word');
});

t.test('nobody asks a tracker off duty; silence takes over when it stops to talk', async (t) => {
  const off = district('never');
  talk(off, 40, (ms) => fix(ms, null));
  t.same(off.alerts, []);
  const short = district('short');
  talk(short, 40, (ms) => fix(ms, null));
  t.match(useless(short), [{ condition: 'cleared', toMs: T0 + 30 * MINUTE }]);
  const bench = district();
  talk(bench, 20, (ms) => fix(ms, null));
  t.match(useless(bench), [{ condition: 'active' }]);
  const lastMs = bench.nowMs - 1_000;
  bench.tickTo(bench.nowMs + 2 * MINUTE);
  t.match(useless(bench), [{ condition: 'cleared', toMs: lastMs }]);
  t.match(
    latest(bench.alerts).filter(({ rule }) => rule === 'tracker-silence'),
    [{ condition: 'active', fromMs: lastMs }],
  );
});

t.test(
  'a useless tracker that falls silent and talks again is told from its last word on, not from the first',
  async (t) => {
    const bench = district();
    talk(bench, 20, (ms) => fix(ms, null));
    const lastMs = bench.nowMs - 1_000;
    bench.tickTo(bench.nowMs + 5 * MINUTE);
    talk(bench, 20, (ms) => fix(ms, null));
    const [alert, ...others] = useless(bench);
    t.same(others, []);
    t.match(alert, { condition: 'active', fromMs: T0 + 10_000, occurrence: 2 });
    t.match(alert?.episodes, [
      { fromMs: T0 + 10_000, toMs: lastMs },
      { fromMs: lastMs, toMs: null },
    ]);
  },
);

t.test('main power is cut while the tracker talks: its health says so at once, and when it is back', async (t) => {
  const bench = district();
  talk(bench, 2, good);
  t.match(record(bench), { health: 'live' });
  const say = (power: boolean): void => {
    bench.tickTo(bench.nowMs + 5_000);
    bench.send('car-1', { ...good(bench.nowMs), power });
    bench.tickTo(bench.nowMs + 1_000);
  };
  say(false);
  t.match(record(bench), { health: 'power-cut' });
  bench.send('car-1', { ...good(bench.nowMs - 20_000), power: true });
  bench.tickTo(bench.nowMs + 1_000);
  t.match(record(bench), { health: 'power-cut' }, 'an older fix does not undo it');
  bench.tickTo(bench.nowMs + 2 * MINUTE);
  t.match(record(bench), { health: 'power-cut' }, 'and it stays the reason when the tracker falls silent');
  say(true);
  t.match(record(bench), { health: 'live' });
});
