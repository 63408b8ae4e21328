import t from 'tap';
import { BacklogPace } from '../../src/ingest/backlog-pace.js';
import { ENGINE_STALLED_MS, LIVE_FOR_MS, MAX_UNFOLDED_BYTES, UNFOLDED_ENTRIES } from '../../src/ingest/limits.js';

const UNBOUNDED = Number.POSITIVE_INFINITY;

function id(ms: number): { readonly ms: number; readonly seq: number } {
  return { ms, seq: 0 };
}

t.test('while live reports come, a backlog is logged no further than the bound ahead of the engine', (t) => {
  const pace = new BacklogPace();
  pace.hearLive(0);
  t.equal(pace.roomBytes(id(1), 0), MAX_UNFOLDED_BYTES);
  pace.logged(id(2), MAX_UNFOLDED_BYTES / 2, 0);
  t.equal(pace.roomBytes(id(1), 0), MAX_UNFOLDED_BYTES / 2);
  pace.logged(id(3), MAX_UNFOLDED_BYTES / 2 - 1, 0);
  t.equal(pace.roomBytes(id(1), 0), 0, 'a small entry does not go for the little room that is left');
  t.equal(pace.roomBytes(id(2), 0), MAX_UNFOLDED_BYTES / 2 + 1, 'what is folded makes room');
  t.equal(pace.roomBytes(id(9), 0), MAX_UNFOLDED_BYTES);
  t.end();
});

t.test('without live reports, and where no engine is known, nothing bounds a backlog', (t) => {
  const pace = new BacklogPace();
  pace.logged(id(2), 2 * MAX_UNFOLDED_BYTES, 0);
  t.equal(pace.roomBytes(id(1), 0), UNBOUNDED, 'nobody is live');
  pace.hearLive(0);
  t.equal(pace.roomBytes(null, 0), UNBOUNDED, 'no engine is known');
  t.equal(pace.roomBytes(id(1), 0), 0);
  pace.logged(id(3), 1, LIVE_FOR_MS - 1);
  t.equal(pace.roomBytes(id(2), LIVE_FOR_MS - 1), MAX_UNFOLDED_BYTES - 1);
  t.equal(pace.roomBytes(id(2), LIVE_FOR_MS), UNBOUNDED, 'the last live report was long ago');
  t.end();
});

t.test('an engine that stands still holds nothing up, and is waited for again when it goes on', (t) => {
  const pace = new BacklogPace();
  pace.logged(id(2), MAX_UNFOLDED_BYTES, 1_000);
  pace.logged(id(3), MAX_UNFOLDED_BYTES, 1_500);
  const at = (nowMs: number, folded: number): number => {
    pace.hearLive(nowMs);
    return pace.roomBytes(id(folded), nowMs);
  };
  t.equal(at(1_000 + ENGINE_STALLED_MS - 1, 1), 0);
  t.equal(at(1_000 + ENGINE_STALLED_MS, 1), UNBOUNDED);
  t.equal(at(1_000 + ENGINE_STALLED_MS, 2), 0, 'it goes on, and one entry is left');
  t.equal(at(1_000 + 2 * ENGINE_STALLED_MS, 2), UNBOUNDED);
  t.equal(at(1_000 + 2 * ENGINE_STALLED_MS, 3), MAX_UNFOLDED_BYTES);
  pace.logged(id(4), MAX_UNFOLDED_BYTES, 1_000_000);
  t.equal(at(1_000_000, 3), 0, 'a long time without a backlog is no standstill');
  t.end();
});

t.test('entries that no engine is known to fold are remembered within bounds', (t) => {
  const pace = new BacklogPace();
  pace.hearLive(0);
  const last = UNFOLDED_ENTRIES + 100;
  for (let ms = 1; ms <= last; ms += 1) pace.logged(id(ms), 1, 0);
  t.equal(pace.roomBytes(id(1), 0), MAX_UNFOLDED_BYTES - last + 1);
  t.equal(pace.roomBytes(id(last - 1), 0), MAX_UNFOLDED_BYTES - 101, 'the newest are folded when the last of them is');
  t.equal(pace.roomBytes(id(last), 0), MAX_UNFOLDED_BYTES);
  t.end();
});
