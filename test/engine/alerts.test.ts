import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { applyAction, keepUp } from '../../src/engine/alerts/upkeep.js';
import { closeByPlan, updateAlerts } from '../../src/engine/alerts/alerts.js';
import {
  ALERT_TRANSITIONS,
  type AlertEvent,
  type AlertState,
  STATE_PARTS,
  stateOf,
} from '../../src/engine/alerts/states.js';
import { move } from '../../src/engine/alerts/versions.js';
import type { Episode, Occasion } from '../../src/engine/alerts/episodes.js';
import { finalAfterMs } from '../../src/engine/plan/plans.js';
import { type AlertTopic, bookOfTopic, placeTopic } from '../../src/engine/alerts/topics.js';
import { judgementOf } from '../../src/engine/rules/judgement.js';
import { createState, type EngineState } from '../../src/engine/state.js';
import type { StandingAlert } from '../../src/engine/alerts/slice.js';
import type { AlertVersion, Certainty } from '../../src/model/alert.js';
import { REOPEN_MS } from '../../src/model/limits.js';
import type { ActionEntry } from '../../src/model/log-entry.js';
import { at, checkpointGap, circle, MINUTE, said, T0 } from './support.js';
import { latest } from './verdicts.js';

const SEED = 20_261_124;
const GATE = circle('gate', at(0), 100);
const TOPIC: AlertTopic = placeTopic(checkpointGap(['gate']), GATE);
const KEY = TOPIC.key;

const MAINTENANCE = {
  taskId: 't-1',
  actor: 'li',
  task: 'maintenance',
  units: [],
  places: ['gate'],
  reason: 'works',
} as const;

function episode(from: number, to: number | null, certainty: Certainty = 'uncovered'): Episode {
  return { fromMs: T0 + from * MINUTE, toMs: to === null ? null : T0 + to * MINUTE, certainty, evidence: {} };
}

/** A book of alerts about one place, with all the versions that came of it. */
class Book {
  readonly state: EngineState = createState('test');
  readonly told: AlertVersion[] = [];
  #seq = 0;

  occasion(nowMin: number, cause: Occasion['cause'] = 'fix'): Occasion {
    this.state.nowMs = T0 + nowMin * MINUTE;
    this.state.lastId = { ms: this.state.nowMs, seq: this.#seq };
    this.#seq += 1;
    return { nowMs: this.state.nowMs, cause, logId: `${this.state.nowMs}-${this.#seq}` };
  }

  judge(nowMin: number, episodes: readonly Episode[], cause: Occasion['cause'] = 'fix', sinceMs = 0): AlertVersion[] {
    const versions = updateAlerts(
      this.state,
      judgementOf(this.state, TOPIC, episodes),
      sinceMs,
      this.occasion(nowMin, cause),
    );
    this.told.push(...versions);
    return versions;
  }

  act(nowMin: number, action: ActionEntry['action'], more: Partial<ActionEntry> = {}): AlertVersion[] {
    const last = this.alert.version;
    this.occasion(nowMin, 'operator');
    const entry: ActionEntry = {
      kind: 'action',
      actionId: `action-${this.#seq}`,
      actor: 'li',
      action,
      alertId: last.alertId,
      alertVersion: last.version,
      comment: 'why',
      untilMs: action === 'shelve' ? this.state.nowMs + MINUTE : null,
      ...more,
    };
    const versions = applyAction(this.state, entry)?.versions ?? [];
    this.told.push(...versions);
    return versions;
  }

  keepUp(nowMin: number): AlertVersion[] {
    const versions = keepUp(this.state, bookOfTopic(TOPIC), this.occasion(nowMin, 'timer'));
    this.told.push(...versions);
    return versions;
  }

  get alert(): StandingAlert {
    const alert = this.state.alerts.get(KEY)?.[0];
    if (alert === undefined) throw new Error('no alert yet');
    return alert;
  }
}

/** A book whose one alert, from minute 0, is in the state. */
const IN_STATE: Readonly<Record<AlertState, () => Book>> = {
  'unack-active': () => {
    const book = new Book();
    book.judge(12, [episode(0, null)]);
    return book;
  },
  'ack-active': () => {
    const book = IN_STATE['unack-active']();
    book.act(13, 'acknowledge');
    return book;
  },
  'unack-cleared': () => {
    const book = IN_STATE['unack-active']();
    book.judge(14, [episode(0, 14)]);
    return book;
  },
  cleared: () => {
    const book = IN_STATE['ack-active']();
    book.judge(14, [episode(0, 14)]);
    return book;
  },
  retracted: () => {
    const book = IN_STATE['ack-active']();
    book.judge(14, [], 'late-data');
    return book;
  },
};
const STATES = Object.keys(IN_STATE) as AlertState[];

/** What brings each event about, given the state that the alert is in. */
const BRING: Readonly<Record<AlertEvent, (book: Book) => AlertVersion[]>> = {
  clear: (book) => book.judge(15, [episode(0, 15)]),
  reopen: (book) => book.judge(20, [episode(0, 14), episode(20, null)]),
  correct: (book) => book.judge(15, [{ ...episode(1, null), toMs: book.alert.version.toMs }]),
  retract: (book) => book.judge(15, []),
  update: (book) => {
    const { toMs } = book.alert.version;
    // Whether it goes on or is over, a task may come to explain it.
    book.state.tasks.set('t-1', { ...MAINTENANCE, fromMs: T0, toMs: null });
    return book.judge(15, [{ ...episode(0, null), toMs }]);
  },
  confirm: (book) => book.keepUp(15 + finalAfterMs(book.state) / MINUTE),
  acknowledge: (book) => book.act(15, 'acknowledge'),
  comment: (book) => book.act(15, 'comment'),
  shelve: (book) => book.act(15, 'shelve'),
  unshelve: (book) => {
    if (book.alert.version.condition === 'active') book.act(14, 'shelve');
    return book.act(15, 'unshelve');
  },
  resolve: (book) => book.act(15, 'resolve'),
};
const CHANGES: Readonly<Record<AlertEvent, AlertVersion['change']>> = {
  clear: 'cleared',
  reopen: 'reopened',
  correct: 'corrected',
  update: 'updated',
  retract: 'retracted',
  confirm: 'confirmed',
  acknowledge: 'acknowledged',
  comment: 'commented',
  shelve: 'shelved',
  unshelve: 'unshelved',
  resolve: 'resolved',
};
/** ISA-18.2, written down a second time: state × event → state; `!` refused, `-` cannot happen. */
const EXPECTED = `
               unack-active   ack-active     unack-cleared  cleared        retracted
  clear        unack-cleared  cleared        -              -              -
  reopen       -              -              unack-active   unack-active   -
  correct      unack-active   ack-active     unack-cleared  cleared        -
  update       unack-active   ack-active     unack-cleared  cleared        -
  retract      retracted      retracted      retracted      retracted      -
  confirm      unack-active   ack-active     unack-cleared  cleared        -
  acknowledge  ack-active     !              cleared        !              !
  comment      unack-active   ack-active     unack-cleared  cleared        retracted
  shelve       unack-active   ack-active     !              !              !
  unshelve     unack-active   ack-active     !              !              !
  resolve      !              !              !              !              !
`;

t.test('every state answers every event as ISA-18.2 has it', async (t) => {
  const [head = [], ...rows] = EXPECTED.trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  t.same([...head].sort(), [...STATES].sort());
  t.same(rows.map(([event]) => event).sort(), Object.keys(CHANGES).sort());
  for (const [event, ...cells] of rows as [AlertEvent, ...string[]][]) {
    for (const [i, from] of (head as AlertState[]).entries()) {
      const name = `${from}, ${event}`;
      const to = cells[i] ?? '';
      const book = IN_STATE[from]();
      t.equal(stateOf(book.alert.version), from);
      if (to === '-') {
        t.equal(ALERT_TRANSITIONS[from][event], 'bug', name);
        t.throws(() => move(book.state, book.alert, event, {}, book.occasion(15)), /^bug: /, name);
        continue;
      }
      const { version: versionNumber } = book.alert.version;
      const told = BRING[event](book).at(-1);
      t.match(
        told,
        { change: to === '!' ? 'refused' : CHANGES[event], ...(to === '!' ? {} : STATE_PARTS[to as AlertState]) },
        name,
      );
      t.equal(stateOf(book.alert.version), to === '!' ? from : to, name);
      if (to === '!') t.equal(book.alert.version.version, versionNumber, `${name}: nothing is changed`);
    }
  }
});

t.test('an alert that is over leaves the list of open ones when somebody has seen it', async (t) => {
  for (const [from, open] of [
    ['unack-active', true],
    ['ack-active', true],
    ['unack-cleared', true],
    ['cleared', false],
    ['retracted', false],
  ] as const) {
    const book = IN_STATE[from]();
    t.equal(book.state.touched.alerts.get(book.alert.version.alertId)?.open, open, from);
  }
});

t.test('a repeat within ten minutes of event time reopens the alert, one later is another (E4)', async (t) => {
  for (const [againMin, same] of [
    [14 + REOPEN_MS / MINUTE - 1 / 60_000, true],
    [14 + REOPEN_MS / MINUTE, false],
  ] as const) {
    const book = IN_STATE.cleared();
    book.judge(40, [episode(0, 14), episode(againMin, null)]);
    const alerts = latest(book.told);
    if (same) t.match(alerts, [{ condition: 'active', acknowledged: false, occurrence: 2, fromMs: T0 }]);
    else
      t.match(alerts, [
        { condition: 'cleared', occurrence: 1 },
        { condition: 'active', occurrence: 1 },
      ]);
    t.equal(alerts.length, same ? 1 : 2);
  }
});

t.test('a repeat that was over before it was known reopens and clears at once', async (t) => {
  const book = IN_STATE.cleared();
  const told = book.judge(40, [episode(0, 14), episode(20, 33)]);
  t.match(told, [
    { change: 'reopened', condition: 'active', acknowledged: false, toMs: null },
    { change: 'cleared', condition: 'cleared', acknowledged: false, toMs: T0 + 33 * MINUTE, occurrence: 2 },
  ]);
});

t.test('an alert is as certain as its last episode, whatever those before it were', async (t) => {
  const book = new Book();
  book.judge(12, [episode(0, 12, 'unknown')]);
  t.match(latest(book.told), [{ certainty: 'unknown', severity: 'medium' }]);
  book.judge(20, [episode(0, 12, 'uncovered'), episode(15, null, 'unknown')]);
  t.match(latest(book.told), [{ certainty: 'unknown', severity: 'medium', occurrence: 2 }]);
  t.match(said(latest(book.told)[0]), {
    en: /may have been unattended for 5 min \(since 08:15, .*2nd time, within 10 min of the last\)/,
  });
  t.same(latest(book.told)[0]?.episodes, [
    { fromMs: T0, toMs: T0 + 12 * MINUTE, certainty: 'uncovered' },
    { fromMs: T0 + 15 * MINUTE, toMs: null, certainty: 'unknown' },
  ]);
});

t.test('what late data changes of an episode that is over is told, though another goes on', async (t) => {
  const book = new Book();
  book.judge(20, [episode(0, 12, 'unknown'), episode(15, null)]);
  const told = book.judge(21, [episode(0, 11, 'unknown'), episode(15, null)], 'late-data');
  t.match(told, [{ change: 'corrected', cause: 'late-data', fromMs: T0, toMs: null, certainty: 'uncovered' }]);
  t.equal(told[0]?.episodes[0]?.toMs, T0 + 11 * MINUTE);
  t.same(book.judge(22, [episode(0, 11, 'unknown'), episode(15, null)]), []);
});

t.test('an id is frozen, the start may move (E5)', async (t) => {
  const book = IN_STATE['unack-active']();
  const id = book.alert.version.alertId;
  t.equal(id, `checkpoint-gap:gate:${T0}:${book.told[0]?.logId}`);
  book.judge(13, [episode(3, null)]);
  t.match(book.told.at(-1), {
    alertId: id,
    change: 'corrected',
    cause: 'late-data',
    fromMs: T0 + 3 * MINUTE,
    version: 2,
  });
  book.judge(14, [episode(-5, null)]);
  t.match(book.told.at(-1), { alertId: id, change: 'corrected', fromMs: T0 - 5 * MINUTE, version: 3 });
});

t.test('two alerts that turn out to be one are merged into the older (E5)', async (t) => {
  const book = new Book();
  book.judge(12, [episode(0, null)]);
  book.judge(20, [episode(0, 14)]);
  book.judge(50, [episode(0, 14), episode(30, null)]);
  const [older, younger] = latest(book.told);
  const told = book.judge(55, [episode(0, null)], 'late-data');
  t.match(told, [
    { alertId: older?.alertId, change: 'reopened', condition: 'active', mergedInto: null },
    { alertId: younger?.alertId, change: 'retracted', condition: 'retracted', mergedInto: older?.alertId },
  ]);
  const split = book.judge(56, [episode(0, 14), episode(30, null)], 'late-data');
  t.match(split, [
    { alertId: older?.alertId, change: 'cleared' },
    { change: 'raised', fromMs: T0 + 30 * MINUTE },
  ]);
  t.not(split[1]?.alertId, younger?.alertId, 'a retracted alert does not come back');
});

t.test('what is raised again after it was retracted has another id, even at the same instant', async (t) => {
  const book = new Book();
  const occasion = book.occasion(12);
  const ids = new Set<string>();
  for (let i = 0; i < 3; i += 1) {
    const raised = updateAlerts(book.state, { topic: TOPIC, episodes: [episode(0, null)] }, 0, occasion);
    ids.add(raised[0]?.alertId ?? '');
    updateAlerts(book.state, { topic: TOPIC, episodes: [] }, 0, occasion);
  }
  t.equal(ids.size, 3);
});

t.test('what is settled is not touched', async (t) => {
  const book = IN_STATE.cleared();
  const since = T0 + 20 * MINUTE;
  t.same(book.judge(90, [], 'fix', since), [], 'an episode that ended before it need not be found again');
  const task = { taskId: 'late', actor: 'li', task: 'maintenance', units: [], places: ['gate'] } as const;
  book.state.tasks.set('late', { ...task, fromMs: T0, toMs: T0 + 30 * MINUTE, reason: 'told afterwards' });
  t.same(book.judge(90, [], 'timer', since), [], 'nor does a task that is told afterwards explain it');
  const told = book.judge(91, [episode(85, null)], 'timer', since);
  t.match(told, [{ change: 'raised' }]);
  t.equal(latest(book.told).length, 2);
});

t.test('a repeat that late data takes back is told, though the alert then ends with what is settled', async (t) => {
  const book = new Book();
  const since = T0 + 20 * MINUTE;
  book.judge(17, [episode(0, 15)]);
  book.judge(30, [episode(24, null)], 'timer', since);
  book.judge(31, [episode(24, 30)], 'timer', since);
  const told = book.judge(32, [], 'late-data', since);
  t.match(told, [{ change: 'corrected', condition: 'cleared', toMs: T0 + 15 * MINUTE, occurrence: 1 }]);
  t.equal(told[0]?.episodes.length, 1);
  t.same(book.judge(33, [], 'timer', since), []);
});

t.test('an action is good once, for the version that was seen (O1) [action]', async (t) => {
  const book = IN_STATE['unack-active']();
  const { alertId } = book.alert.version;
  t.match(book.act(13, 'acknowledge', { alertVersion: 2 }), [
    { change: 'refused', version: 1, evidence: { reason: 'stale-version' } },
  ]);
  t.match(book.act(13, 'acknowledge', { alertVersion: 0 }), [
    { change: 'refused', evidence: { reason: 'stale-version' } },
  ]);
  const done = book.act(13, 'acknowledge', { actionId: 'mine' });
  t.match(done, [
    {
      change: 'acknowledged',
      version: 2,
      cause: 'operator',
      acknowledged: true,
      evidence: { actor: 'li', actionId: 'mine', comment: 'why' },
    },
  ]);
  t.same(book.act(14, 'acknowledge', { actionId: 'mine' }), [], 'a repeat is nothing');
  t.match(book.act(14, 'acknowledge', { alertVersion: 1 }), [
    { change: 'refused', evidence: { reason: 'stale-version' } },
  ]);
  t.match(book.act(14, 'acknowledge'), [{ change: 'refused', evidence: { reason: 'already-acknowledged' } }]);
  t.same(book.act(14, 'acknowledge', { alertId: `${alertId}x` }), []);
  book.judge(15, []);
  t.match(book.act(16, 'acknowledge'), [{ change: 'refused', evidence: { reason: 'retracted' } }]);
});

t.test('a plan that has it no more closes an alert and says so', async (t) => {
  const book = IN_STATE['ack-active']();
  const told = closeByPlan(book.state, () => true, T0 + 20 * MINUTE, book.occasion(21, 'plan'));
  t.match(told, [{ change: 'cleared', condition: 'cleared', cause: 'plan', toMs: T0 + 20 * MINUTE }]);
  t.same(
    closeByPlan(book.state, () => true, T0 + 21 * MINUTE, book.occasion(21, 'plan')),
    [],
  );
});

t.test('whatever was found before, what stands is what is found now; the versions are a dense chain', async (t) => {
  const finding = fc
    .tuple(fc.uniqueArray(fc.integer({ min: 0, max: 120 }), { minLength: 0, maxLength: 10 }), fc.boolean())
    .map(([cuts, open]) => {
      const sorted = [...cuts].sort((a, b) => a - b);
      const pairs = Math.floor(sorted.length / 2);
      return Array.from({ length: pairs }, (_, i) => {
        return episode(sorted[2 * i] ?? 0, open && i === pairs - 1 ? null : (sorted[2 * i + 1] ?? 0));
      });
    });
  const groupsOf = (episodes: readonly Episode[]): object[] => {
    const groups: { fromMs: number; toMs: number | null; occurrence: number }[] = [];
    for (const { fromMs, toMs } of episodes) {
      const last = groups.at(-1);
      if (last !== undefined && last.toMs !== null && fromMs - last.toMs < REOPEN_MS)
        Object.assign(last, { toMs, occurrence: last.occurrence + 1 });
      else groups.push({ fromMs, toMs, occurrence: 1 });
    }
    return groups;
  };
  fc.assert(
    fc.property(fc.array(fc.tuple(finding, fc.boolean()), { minLength: 1, maxLength: 8 }), (findings) => {
      const book = new Book();
      for (const [i, [episodes, acts]] of findings.entries()) {
        // Calm for long enough that nothing is held for chattering.
        book.judge(200 + i, episodes);
        if (acts && book.state.alerts.size > 0) book.act(200 + i, 'acknowledge');
        const standing = latest(book.told)
          .filter(({ condition }) => condition !== 'retracted')
          .map(({ fromMs, toMs, occurrence }) => ({ fromMs, toMs, occurrence }))
          .sort((a, b) => a.fromMs - b.fromMs);
        assert.deepEqual(standing, groupsOf(episodes));
      }
      checkChain(book.told);
    }),
    { seed: SEED, numRuns: 300 },
  );
  t.pass(`seed ${SEED}`);
});

function checkChain(told: readonly AlertVersion[]): void {
  assert.deepEqual(
    told.map(({ transition }) => transition),
    told.map((_, i) => i + 1),
  );
  const last = new Map<string, AlertVersion>();
  for (const version of told) {
    const before = last.get(version.alertId);
    assert.equal(version.previous, before?.transition ?? null);
    assert.equal(version.version, before === undefined ? 1 : before.version + (version.change === 'refused' ? 0 : 1));
    assert.ok(version.toMs === null || version.condition !== 'active', 'what is active has no end');
    last.set(version.alertId, version);
  }
}
