import type { TestedBreak } from './tested-breaks.js';

const QUEUE = 'log/append-queue.js';
const QUOTAS = 'ingest/tracker-quotas.js';
const SNAPSHOTS = 'runner/snapshot-folder.js';
const FILES = 'files/whole-file.js';

const ROUNDS_TEST = 'test/api/rounds.test.ts';
const BOUNDS_TEST = 'test/district/bounds.test.ts';
const QUEUE_TEST = 'test/log/append-queue.test.ts';
const QUOTA_TEST = 'test/ingest/quota.test.ts';

/** What one of many may use up, and what is written down and read back. */
export const LIMIT_BREAKS = {
  'shared-reads': {
    what: 'each of many who ask for a whole hash reads it for himself',
    patches: [
      {
        module: 'hot/shared-read.js',
        find: 'this.#next ??= this.#afterRunning(); return this.#next;',
        replace: 'return this.#read();',
      },
    ],
    seenBy: 'test/hot/hot.test.ts',
    title: 'what many ask for at once is read from the store for all of them',
  },
  'answers-in-turn': {
    what: 'what many ask for at once is written in one go',
    patches: [{ module: 'api/record-answers.js', find: 'await turns.take();', replace: '' }],
    seenBy: ROUNDS_TEST,
    title: 'many reads at once are answered one each round of the event loop',
  },
  'upgrades-in-turn': {
    what: 'a shift that comes back is let in in one go',
    patches: [{ module: 'api/live/live-server.js', find: 'await this.#turns.take();', replace: '' }],
    seenBy: ROUNDS_TEST,
    title: 'of many live sockets that come at once one each round of the event loop is let in',
  },
  'snapshots-in-turn': {
    what: 'a shift that comes back gets its snapshots in one go',
    patches: [{ module: 'api/live/live-session.js', find: 'await this.#o.feed.takeTurn();', replace: '' }],
    seenBy: ROUNDS_TEST,
    title: 'many live sockets get their snapshots one each round of the event loop',
  },
  'told-in-rounds': {
    what: 'whatever happens is told to all live sockets in one go',
    patches: [{ module: 'api/live/in-rounds.js', find: 'await nextRound();', replace: '' }],
    seenBy: ROUNDS_TEST,
    title: 'what happens is told to many live sockets a few each round of the event loop, and to all',
  },
  'rounds-that-end': {
    what: 'a round of the event loop writes to as many live sockets however long each takes',
    patches: [{ module: 'api/live/in-rounds.js', find: 'performance.now() - beganMs < ROUND_MS', replace: 'true' }],
    seenBy: ROUNDS_TEST,
    title: 'fewer are served in a round of the event loop when each takes long',
  },
  'one-write-a-commit': {
    what: 'each message to a live socket is a write to the kernel',
    patches: [{ module: 'api/live/live-session.js', find: 'this.#o.stream.cork();', replace: '' }],
    seenBy: ROUNDS_TEST,
    title: 'what one commit tells a live socket leaves in one write',
  },
  'recent-alerts': {
    what: 'each live socket reads the alerts that it lacks from the store',
    patches: [
      { module: 'api/live/live-session.js', find: 'if (recent !== null) return', replace: 'if (false) return' },
    ],
    seenBy: ROUNDS_TEST,
    title: 'many live sockets that lack the last alerts are sent them without a read of the store for each',
  },
  'shared-state-text': {
    what: 'each live socket puts a change of state into words for itself',
    patches: [{ module: 'api/live/said-state.js', find: 'if (before !== undefined) return before;', replace: '' }],
    seenBy: ROUNDS_TEST,
    title: 'sockets for which the same changes wait are sent the same bytes, each by its filter',
  },
  'watch-connection': {
    what: 'alerts and looks of the server wait behind the answers to reads of the API',
    patches: [
      {
        module: 'app/district-host.js',
        find: 'this.#watch = new HotStore({ district: this.id, commit, query: watch });',
        replace: 'this.#watch = this.#hot;',
      },
    ],
    seenBy: 'test/app/district-host.test.ts',
    title: 'answers to reads of the API that hang keep back no alert, and no look at how far the engine is',
  },
  'refold-budget': {
    what: 'late fixes are folded as often as they come, whatever they cost',
    patches: [
      {
        module: 'engine/fold-unit.js',
        find: 'const waits = before !== null && unit.standing !== null && state.nowMs < unit.refoldFromMs;',
        replace: 'const waits = false;',
      },
    ],
    seenBy: 'test/engine/dense.test.ts',
    title: 'late fixes that wait are said to wait, change nothing until then, and survive a restore',
  },
  'pace-over-sockets': {
    what: 'a tracker that is too fast has a new burst on each new connection',
    patches: [
      {
        module: 'ingest/ingest.js',
        find: 'pace: this.#paceOf(admission).frames,',
        replace: 'pace: new FramePace(this.#timers.monotonicMs()),',
      },
    ],
    seenBy: 'test/ingest/frames.test.ts',
    title: 'too fast on one socket is too fast on the next: a new connection gives no new burst [hostile]',
  },
  'tracker-quota': {
    what: 'one tracker fills the store for all',
    patches: [{ module: QUOTAS, find: 'if (tooMany > 0 && use.usedBytes > 0)', replace: 'if (false)' }],
    seenBy: QUOTA_TEST,
    title:
      'one tracker that sends without end is refused alone, with whose quota it is and when to try again [hostile]',
  },
  'refusals-say-whose': {
    what: 'a refusal for a quota does not say whose it is',
    patches: [
      {
        module: 'ingest/session.js',
        find: 'const detail = `quota of tracker',
        replace: "const detail = 'a quota' || `",
      },
    ],
    seenBy: QUOTA_TEST,
    title:
      'one tracker that sends without end is refused alone, with whose quota it is and when to try again [hostile]',
  },
  'quota-outlives-restart': {
    what: 'a restart gives each tracker a new quota',
    patches: [{ module: QUOTAS, find: 'if (stored === null)', replace: 'if (true)' }],
    seenBy: QUOTA_TEST,
    title: 'a restart gives a tracker no new quota',
  },
  'quota-given-back': {
    what: 'a report that could not be logged counts against its tracker',
    patches: [
      {
        module: 'ingest/session.js',
        find: "if (outcome.kind === 'failed') quotas.giveBack(this.tracker, quotaBytes);",
        replace: '',
      },
    ],
    seenBy: QUOTA_TEST,
    title: 'a report that could not be logged counts nothing',
  },
  'district-share': {
    what: 'one district of several fills the store for all',
    patches: [
      {
        module: 'app/district-share.js',
        find: 'if (districts < 2 || shareBytes === 0 || this.#usedBytes < shareBytes)',
        replace: 'if (true)',
      },
    ],
    seenBy: QUOTA_TEST,
    title: 'a district that has used its share of the store is refused, and not the other',
  },
  'gathered-reads': {
    what: 'each read is an entry of its own, behind those before it',
    patches: [
      {
        module: 'api/access-commit.js',
        find: 'if (room < 0 && taken.length > 0)',
        replace: 'if (taken.length > 0)',
      },
    ],
    seenBy: 'test/api/access-commit.test.ts',
    title: 'reads that come while an append runs go together with the next, in order',
  },
  'append-lanes': {
    what: 'readers, trackers, people and ticks wait in one queue',
    patches: [{ module: QUEUE, find: "return LANES[kind] ?? 'time';", replace: "return 'time';" }],
    seenBy: QUEUE_TEST,
    title: 'each lane has room, and each kind of entry a lane',
  },
  'lanes-in-turn': {
    what: 'a lane is served only when those before it are empty',
    patches: [
      {
        module: QUEUE,
        find: 'this.#order.push(...this.#order.splice(this.#order.indexOf(lane), 1));',
        replace: '',
      },
    ],
    seenBy: QUEUE_TEST,
    title: 'lanes take turns, and within a lane work is done in order, one piece at a time',
  },
  'exact-entries': {
    what: 'an entry is appended that is read back as another',
    patches: [{ module: 'codec/exact-entry.js', find: 'if (path === null)', replace: 'if (true)' }],
    seenBy: 'test/codec/exact-entry.test.ts',
    title: 'an entry that does not come back from its bytes as it is, is not encoded for the log',
  },
  'snapshot-modes': {
    what: 'everybody on the machine reads the traces of officers',
    patches: [
      { module: SNAPSHOTS, find: 'const FOLDER_MODE = 0o700;', replace: 'const FOLDER_MODE = 0o755;' },
      { module: FILES, find: 'OWNER_FILE_MODE = 0o600', replace: 'OWNER_FILE_MODE = 0o644' },
    ],
    seenBy: 'test/runner/snapshot-folder.test.ts',
    title: 'snapshots say where officers were: nobody but their owner can read them, old ones included',
  },
  'witness-mode': {
    what: 'everybody on the machine reads what was seen of the log',
    patches: [{ module: FILES, find: 'OWNER_FILE_MODE = 0o600', replace: 'OWNER_FILE_MODE = 0o644' }],
    seenBy: 'test/e2e/record.test.ts',
    title: 'what was seen of the log is begun anew when its file cannot be read, and that is said',
  },
  'duplicate-names': {
    what: 'a name that comes twice in a district file drops the first in silence',
    patches: [
      { module: 'district/json-text.js', find: 'const faults = duplicates.map(', replace: 'const faults = [].map(' },
    ],
    seenBy: BOUNDS_TEST,
    title: 'a million times the same name in an object is told soon',
  },
  'duplicate-names-cap': {
    what: 'each of a million names that come twice is told with its place',
    patches: [
      { module: 'district/json-text.js', find: 'const MAX_DUPLICATES = 20;', replace: 'const MAX_DUPLICATES = 500;' },
    ],
    seenBy: BOUNDS_TEST,
    title: 'a million times the same name in an object is told soon',
  },
  'star-cap': {
    what: 'a ring that crosses itself is looked at to its end',
    patches: [
      { module: 'geo/ring-faults.js', find: 'const MAX_RING_FAULTS = 20;', replace: 'const MAX_RING_FAULTS = 1_000;' },
    ],
    seenBy: BOUNDS_TEST,
    title: 'a star of 20,001 vertices, each edge of which crosses thousands, is told soon',
  },
  'overlap-cap': {
    what: 'each pair of overlapping zones is told',
    patches: [
      {
        module: 'geo/zone-faults.js',
        find: 'const MAX_FAULTY_PAIRS = 200;',
        replace: 'const MAX_FAULTY_PAIRS = 2_000;',
      },
    ],
    seenBy: BOUNDS_TEST,
    title: 'of zones that all overlap 200 pairs are told, and that the rest was not looked for',
  },
  'clean-district-files': {
    what: 'names in district files may hold NUL and direction overrides',
    patches: [
      {
        module: 'district/clean-texts.js',
        find: 'const clean = parseText(text, lines);',
        replace: 'return text; const clean = parseText(text, lines);',
      },
    ],
    seenBy: BOUNDS_TEST,
    title: 'names and notes of a district are visible text; names are kept in normal form C',
  },
} as const satisfies Record<string, TestedBreak>;
