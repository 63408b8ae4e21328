import type { Break } from './breaks.js';
import type { Bounds } from './world.js';

/** Entries are lost with the old master, and others come under their ids, and one more. */
const FAILOVER = { log: 'ab', appends: ['abc', 'abCD'], failovers: 1 } as const;

/** A newer fold comes while the older one runs, and one more entry after both. */
const TAKEOVER = { log: 'ab', appends: ['abc', 'abc'], folds: [1, 2], cut: 'streams' } as const;

/** What `npm test` explores: every order of every event that fits the bounds, in some seconds. */
export const WORLDS = {
  'four entries, commits that break off in the middle, a crash, a lost reply': {
    log: 'abcd',
    cut: 'streams',
    crashes: 1,
    lostReplies: 1,
  },
  'large commits of two engines, a crash, a lost reply': { log: 'abc', cut: 'every', crashes: 1, lostReplies: 1 },
  'two snapshots, trims past a slow engine, a crash, a lost reply': {
    log: 'abc',
    cut: 'atomic',
    crashes: 1,
    lostReplies: 1,
    snapshots: 2,
  },
  'a failover and a lost reply': { ...FAILOVER, cut: 'atomic', lostReplies: 1 },
  'a failover and a snapshot': { ...FAILOVER, cut: 'atomic', snapshots: 1 },
  'a failover that loses an entry that cannot be folded': { ...FAILOVER, appends: ['ab!', 'abCD'], cut: 'atomic' },
  'an entry that cannot be folded, a crash, a lost reply': { log: 'a!c', cut: 'atomic', crashes: 1, lostReplies: 1 },
  'a newer fold takes over, a crash, a lost reply': { ...TAKEOVER, crashes: 1, lostReplies: 1 },
  'two engines of a newer fold and one of the older': { ...TAKEOVER, folds: [1, 2, 2], cut: 'atomic' },
  'a newer fold takes over, and a failover': { ...TAKEOVER, appends: ['abc', 'abCD'], cut: 'atomic', failovers: 1 },
} as const satisfies Readonly<Record<string, Bounds>>;

/** The same with more of everything: some minutes. */
export const LARGE_WORLDS = {
  'four entries, large commits, two crashes, two lost replies': {
    log: 'abcd',
    cut: 'every',
    crashes: 2,
    lostReplies: 2,
  },
  'snapshots between the calls of commits': { log: 'abc', cut: 'streams', crashes: 1, lostReplies: 1, snapshots: 2 },
  'two snapshots over four entries': { log: 'abcd', cut: 'atomic', crashes: 1, lostReplies: 1, snapshots: 2 },
  'a failover, a crash, a lost reply': { ...FAILOVER, cut: 'atomic', crashes: 1, lostReplies: 1 },
  'a failover amid large commits': { ...FAILOVER, cut: 'every' },
  'a failover, a snapshot, a crash': { ...FAILOVER, cut: 'atomic', crashes: 1, snapshots: 1 },
  'a failover and two snapshots': { ...FAILOVER, cut: 'atomic', snapshots: 2 },
  'a failover that loses an entry that cannot be folded, a lost reply': {
    ...FAILOVER,
    appends: ['ab!', 'abCD'],
    cut: 'atomic',
    lostReplies: 1,
  },
  'two newer folds, one after the other': { ...TAKEOVER, folds: [1, 2, 3], crashes: 1 },
  'two engines of a newer fold and one of the older, a lost reply': { ...TAKEOVER, folds: [1, 2, 2], lostReplies: 1 },
  'a newer fold takes over, and snapshots': { ...TAKEOVER, archived: false, crashes: 1, lostReplies: 1, snapshots: 2 },
} as const satisfies Readonly<Record<string, Bounds>>;

const SMALL: Bounds = { log: 'abc', cut: 'streams', crashes: 1, lostReplies: 1 };
const SNAPSHOTS: Bounds = { log: 'abc', cut: 'atomic', lostReplies: 1, snapshots: 2 };
/** Where the stream numbers its entries itself, the cursor alone keeps them from being written twice. */
export const UNNUMBERED: Bounds = { log: 'abc', cut: 'atomic', alertIds: 'appended', crashes: 1, lostReplies: 1 };

/** Where each protection is needed, and what goes wrong there without it. */
export const BROKEN_WORLDS: Readonly<Record<Break, readonly [bounds: Bounds, what: RegExp]>> = {
  'ignore-expected-cursor': [SMALL, /cursor went from \d back/],
  'keep-committed-outputs': [UNNUMBERED, /alert \d is .*, the fold of the log has/],
  'commit-behind': [SMALL, /cursor went from \d back/],
  'rewrite-streams': [SMALL, /no way leads to/],
  'cursor-first': [SMALL, /the cursor counts \d alerts, the stream has \d/],
  'mixed-calls': [{ ...SMALL, cut: 'every' }, /no way leads to/],
  'keep-state': [SMALL, /outputs do not fit the cursor/],
  'unanchored-reader': [SNAPSHOTS, /alert \d is .*, the fold of the log has/],
  'commit-to-any-run': [{ ...FAILOVER, cut: 'atomic' }, /alert \d is .*, the fold of the log has none/],
  'point-on-any-run': [{ ...FAILOVER, cut: 'atomic', snapshots: 1 }, /snapshot at \d is of another history/],
  'skip-on-any-run': [
    { ...FAILOVER, appends: ['ab!', 'abCD'], cut: 'atomic' },
    /entry \d is skipped and is not poison/,
  ],
  'any-fold-commits': [TAKEOVER, /alert \d is .*@1, the fold of the log has .*@2/],
  'unclaimed-takeover': [TAKEOVER, /alert \d is .*@1, the fold of the log has .*@2/],
  'forget-broken-off': [TAKEOVER, /alert \d is .*@1, the fold of the log has .*@2/],
  'overwrite-file': [{ ...FAILOVER, cut: 'atomic', snapshots: 2 }, /file of the snapshot at \d is gone/],
  'older-pointer': [SNAPSHOTS, /log begins at \d, past the snapshot/],
  'pointer-before-file': [SNAPSHOTS, /file of the snapshot at \d is gone/],
  'place-of-now': [SNAPSHOTS, /snapshot at \d is of another history/],
  'keep-writing': [{ ...FAILOVER, cut: 'atomic', snapshots: 1 }, /snapshot at \d is of another history/],
  'trim-to-archive': [SNAPSHOTS, /log begins at \d, past the snapshot/],
};
