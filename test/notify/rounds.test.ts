import fc from 'fast-check';
import t from 'tap';
import type { AlertVersion } from '../../src/model/alert.js';
import type { Notice } from '../../src/model/notice.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { follow } from '../../src/notify/follow.js';
import type { Round } from '../../src/notify/rounds.js';
import { circle, at as position, plan, unit } from '../engine/support.js';
import { ANY, planWith, POLICY, raised, T0 } from './board.js';

const MINUTE = 60_000;
const base = planWith(POLICY);

/** Follows versions, then the time, in one go or in pieces, and answers what was told: minutes after T0, and which step. */
function toldOf(
  versions: readonly AlertVersion[],
  untilMs: number,
  o: { plan?: CompiledPlan; pieces?: readonly number[] } = {},
) {
  const numbered = versions.map((version, i) => ({ ...version, transition: i + 1 }));
  let rounds = new Map<string, Round>();
  let from = { transition: 0, atMs: T0 };
  const notices: Notice[] = [];
  const step = (some: readonly AlertVersion[], until: number, most: number): void => {
    let left = some;
    for (;;) {
      const input = { versions: left, untilMs: until, planAt: () => o.plan ?? base, timeZone: null, most };
      const now = follow(from, rounds, input);
      rounds = new Map(rounds);
      for (const [id, round] of now.rounds) {
        if (round === null) rounds.delete(id);
        else rounds.set(id, JSON.parse(JSON.stringify(round)) as Round);
      }
      notices.push(...now.notices);
      left = left.filter(({ transition }) => transition > now.to.transition);
      from = now.to;
      if (!now.isCut) return;
    }
  };
  const pieces = o.pieces ?? [numbered.length];
  let taken = 0;
  for (const size of pieces) {
    const some = numbered.slice(taken, taken + size);
    taken += size;
    const lastMs = some.at(-1)?.atMs ?? T0;
    step(some, lastMs, 1 + (size % 3));
  }
  step(numbered.slice(taken), T0 + untilMs, 2);
  return notices;
}

const when = (notices: readonly Notice[]) =>
  notices.map(
    ({ dueMs, step, kind, alertId }) =>
      `${alertId} ${kind === 'withdrawn' ? 'withdrawn' : step} ${(dueMs - T0) / MINUTE}`,
  );

/** The next version of an alert. */
function next(before: AlertVersion, atMs: number, o: Partial<AlertVersion>): AlertVersion {
  return { ...before, version: before.version + 1, atMs: T0 + atMs, change: 'updated', ...o };
}

t.test('one step after another, until somebody acknowledges; the end of the condition does not end it', (t) => {
  const first = raised('a', 0);
  t.strictSame(when(toldOf([first], 10 * MINUTE)), ['a 1 0', 'a 2 2', 'a 3 5']);
  t.strictSame(when(toldOf([first], 2 * MINUTE - 1)), ['a 1 0'], 'not before its time');
  const cleared = next(first, MINUTE, { change: 'cleared', condition: 'cleared', toMs: T0 + MINUTE });
  t.strictSame(when(toldOf([first, cleared], 10 * MINUTE)), ['a 1 0', 'a 2 2', 'a 3 5'], 'it is over, and told');
  const acknowledged = next(first, 3 * MINUTE, { change: 'acknowledged', acknowledged: true });
  t.strictSame(when(toldOf([first, acknowledged], 10 * MINUTE)), ['a 1 0', 'a 2 2']);
  const refused = next(first, MINUTE, { change: 'refused', acknowledged: true });
  t.equal(toldOf([first, refused], 10 * MINUTE).length, 3, 'an action that was refused is none');
  const inTime = next(first, 2 * MINUTE, { change: 'acknowledged', acknowledged: true });
  t.strictSame(when(toldOf([first, inTime], 10 * MINUTE)), ['a 1 0', 'a 2 2'], 'time comes first, as in the log');
  t.end();
});

t.test(
  'a round ends when all were told and nothing can change any more; what comes to its alert later begins none',
  (t) => {
    const first = raised('a', 0, { rule: 'sos' });
    const cleared = next(first, MINUTE, { change: 'cleared', condition: 'cleared', toMs: T0 + MINUTE });
    const confirmed = next(cleared, 40 * MINUTE, { change: 'confirmed', finality: 'confirmed' });
    const commented = next(confirmed, 50 * MINUTE, { change: 'commented' });
    const rounds = (versions: readonly AlertVersion[], untilMs: number) => {
      const numbered = versions.map((version, i) => ({ ...version, transition: i + 1 }));
      const input = { versions: numbered, untilMs: T0 + untilMs, planAt: () => base, timeZone: null, most: 100 };
      return follow({ transition: 0, atMs: T0 }, new Map(), input).rounds.get('a') ?? null;
    };
    t.not(rounds([first, cleared], 30 * MINUTE), null, 'it may still turn out that it never was');
    t.equal(rounds([first, cleared, confirmed], 45 * MINUTE), null);
    t.equal(rounds([first, cleared, confirmed, commented], 60 * MINUTE), null);
    t.equal(toldOf([first, cleared, confirmed, commented], 60 * MINUTE).length, 3, 'nobody is told again');
    t.end();
  },
);

t.test('what was long over when it was first told pages nobody; a call for help is never too old', (t) => {
  const over = (minutes: number, more: Partial<AlertVersion> = {}) => [
    { ...raised('a', 10 * MINUTE), condition: 'cleared' as const, toMs: T0 + (10 - minutes) * MINUTE, ...more },
  ];
  t.equal(toldOf(over(6), 30 * MINUTE).length, 0);
  t.equal(toldOf(over(5), 30 * MINUTE).length, 3);
  t.equal(toldOf(over(6, { rule: 'sos' }), 30 * MINUTE).length, 3);
  t.end();
});

t.test('what is shelved or suppressed waits, and then as long as it would have', (t) => {
  const first = raised('a', 0);
  const shelved = next(first, MINUTE, { change: 'shelved', shelvedUntilMs: T0 + 31 * MINUTE });
  const back = next(shelved, 31 * MINUTE, { change: 'unshelved', shelvedUntilMs: null });
  t.strictSame(when(toldOf([first, shelved], 20 * MINUTE)), ['a 1 0']);
  t.strictSame(when(toldOf([first, shelved, back], 60 * MINUTE)), ['a 1 0', 'a 2 32', 'a 3 35']);
  const planned = raised('b', 0, { suppressedBy: 'task:kerbs' });
  t.strictSame(toldOf([planned], 60 * MINUTE), []);
  const over = next(planned, 10 * MINUTE, { suppressedBy: null });
  t.strictSame(when(toldOf([planned, over], 60 * MINUTE)), ['b 1 10', 'b 2 12', 'b 3 15']);
  t.end();
});

t.test('who was told of what never was hears so, once a channel', (t) => {
  const first = raised('a', 0);
  const retracted = next(first, 3 * MINUTE, { change: 'retracted', condition: 'retracted' });
  const told = toldOf([first, retracted], 10 * MINUTE);
  t.strictSame(when(told), ['a 1 0', 'a 2 2', 'a withdrawn 3']);
  t.equal(told.at(-1)?.noticeId, 'a:v2:s0:desk');
  const early = next(first, 0, { change: 'retracted', condition: 'retracted' });
  const later = planWith({ ...POLICY, steps: POLICY.steps.slice(1) });
  t.strictSame(toldOf([first, early], 10 * MINUTE, { plan: later }), [], 'nobody was told, so nobody hears');
  t.end();
});

t.test('a repeat after an acknowledgement begins anew; one before it goes on', (t) => {
  const first = raised('a', 0);
  const acknowledged = next(first, MINUTE, { change: 'acknowledged', acknowledged: true });
  const cleared = next(acknowledged, 2 * MINUTE, { change: 'cleared', condition: 'cleared' });
  const again = next(cleared, 4 * MINUTE, { change: 'reopened', condition: 'active', acknowledged: false });
  const told = toldOf([first, acknowledged, cleared, again], 30 * MINUTE);
  t.strictSame(when(told), ['a 1 0', 'a 1 4', 'a 2 6', 'a 3 9']);
  t.strictSame(new Set(told.map(({ noticeId }) => noticeId)).size, 4, 'under other ids');
  const over = next(first, MINUTE, { change: 'cleared', condition: 'cleared' });
  const back = next(over, 90_000, { change: 'reopened', condition: 'active' });
  t.strictSame(when(toldOf([first, over, back], 30 * MINUTE)), ['a 1 0', 'a 2 2', 'a 3 5']);
  t.end();
});

t.test('the first policy that takes an alert is its policy: by severity, kind, place, group and hour', (t) => {
  const only = (id: string, o: object) => ({ ...POLICY, ...ANY, id, steps: POLICY.steps.slice(0, 1), ...o });
  const escalation = [
    only('night', { severities: ['high'], during: 'night' }),
    only('gate', { severities: ['high'], places: ['gate'] }),
    only('silent-north', { kinds: ['tracker-silence'], groups: ['north'] }),
    only('rest', { severities: ['high', 'medium'] }),
  ];
  const of = plan({
    places: [circle('gate', position(0), 100)],
    units: [{ ...unit('car-1'), group: 'north' }],
    rules: [],
  });
  const night = [T0 + 60 * MINUTE, T0 + 120 * MINUTE];
  const full = { ...of, schedules: { ...of.schedules, night }, escalation };
  const taken = (atMs: number, o: Partial<AlertVersion>) =>
    toldOf([raised('a', atMs, o)], 0, { plan: full })[0]?.policy;
  t.equal(taken(60 * MINUTE, {}), 'night');
  t.equal(taken(120 * MINUTE, {}), 'rest', 'the end of a window is outside');
  t.equal(taken(0, { place: 'gate' }), 'gate');
  t.equal(taken(0, { place: 'gate', severity: 'medium' }), 'rest');
  t.equal(taken(0, { rule: 'tracker-silence', place: null, unit: 'car-1', severity: 'low' }), 'silent-north');
  t.equal(taken(0, { rule: 'tracker-silence', place: null, unit: 'car-2', severity: 'low' }), undefined);
  t.equal(taken(0, { severity: 'low' }), undefined, 'nobody is told');
  t.end();
});

t.test('an alert that becomes graver is told by the policy of what it is now; another plan changes nothing', (t) => {
  const quiet = { ...POLICY, id: 'quiet', severities: ['medium'] as const, steps: POLICY.steps.slice(1, 2) };
  const loud = { ...POLICY, id: 'loud' };
  const first = raised('a', 0, { severity: 'medium', certainty: 'unknown' });
  const sure = next(first, MINUTE, { severity: 'high', certainty: 'uncovered' });
  const told = toldOf([first, sure], 30 * MINUTE, { plan: planWith(quiet, loud) });
  t.strictSame(
    told.map(({ policy, noticeId }) => `${policy} ${noticeId}`),
    ['loud a:v2:s1:desk', 'loud a:v2:s2:desk', 'loud a:v2:s3:desk'],
  );
  let asked = 0;
  const planAt = () => (asked++ === 0 ? base : planWith({ ...POLICY, steps: [] }));
  const input = {
    versions: [raised('a', 0), next(raised('a', 0), 1, {})],
    untilMs: T0 + 9 * MINUTE,
    timeZone: null,
    most: 99,
  };
  t.equal(follow({ transition: 0, atMs: 0 }, new Map(), { ...input, planAt }).notices.length, 3);
  t.end();
});

t.test('however versions and time are divided, the same is told under the same ids', (t) => {
  const change = fc.record({ of: fc.nat(4), afterMs: fc.nat(4 * MINUTE), what: fc.nat(6) });
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 25 }),
      fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 25 }),
      (changes, pieces) => {
        const standing = new Map<string, AlertVersion>();
        let atMs = 0;
        const versions = changes.map(({ of, afterMs, what }) => {
          atMs += afterMs;
          const before = standing.get(`a${of}`);
          const version = before === undefined ? raised(`a${of}`, atMs) : next(before, atMs, drawn(what, before));
          standing.set(version.alertId, version);
          return version;
        });
        const whole = toldOf(versions, atMs + 10 * MINUTE);
        const cut = toldOf(versions, atMs + 10 * MINUTE, { pieces });
        t.strictSame(cut, whole);
        t.equal(new Set(whole.map(({ noticeId }) => noticeId)).size, whole.length, 'no id twice');
      },
    ),
    { seed: 12, numRuns: 150 },
  );
  t.end();
});

function drawn(what: number, { condition }: AlertVersion): Partial<AlertVersion> {
  if (condition === 'retracted') return { change: 'commented' };
  const changes: readonly Partial<AlertVersion>[] = [
    { change: 'acknowledged', acknowledged: true },
    { change: 'cleared', condition: 'cleared' },
    { change: 'reopened', condition: 'active', acknowledged: false },
    { change: 'shelved', shelvedUntilMs: T0 },
    { change: 'unshelved', shelvedUntilMs: null },
    { change: 'retracted', condition: 'retracted' },
    { change: 'updated', severity: 'high' },
  ];
  return changes[what] ?? {};
}
