import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { takeHotDelta } from '../../src/engine/hot-view.js';
import { formatAlertId, isAlertRule, parseAlertId, SUBJECT_KINDS } from '../../src/model/alert-id.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import * as keys from '../../src/model/fold-keys.js';
import { parseSubjectName, type Subject, subjectName } from '../../src/model/subject.js';
import { formatVisitId, parseVisitId, type VisitId } from '../../src/model/visit-id.js';
import type { PlanRule } from '../../src/model/plan.js';
import { at, Bench, checkpointGap, circle, MINUTE, plan, T0, unit } from './support.js';
import { latest, latestVisits } from './verdicts.js';

const SEED = 20_261_129;

/** Ids that look like each other, like numbers, like log ids and like the words that keys contain. */
const id = fc.oneof(
  fc.constantFrom('a', 'b', 'a-b', '1', '12', '1-0', '0', 'cross', 'visit', 'unit', 'place', 'rule', 'duty', 'settle'),
  fc.constantFrom('network', 'anybody', 'binds', 'alerts', 'dwell-short', 'network-outage', '-'),
  fc.stringMatching(/^[a-z0-9-]{1,32}$/),
);
const ms = fc.oneof(fc.constantFrom(0, 1, 12), fc.integer({ min: 0, max: 2 ** 53 - 1 }));
const logId = fc.record({ ms, seq: fc.integer({ min: 0, max: 12 }) });
const ordinal = fc.integer({ min: 1, max: 12 });
const place = fc.record({ kind: fc.constant('place' as const), place: id });
const unitOf = fc.record({ kind: fc.constant('unit' as const), unit: id });
const visit = fc.record({ kind: fc.constant('visit' as const), unit: id, place: id });
const network = fc.record({ kind: fc.constant('network' as const), district: id, rule: id });
const scope = fc.record({ kind: fc.constant('scope' as const), district: id, rule: id });
const subjects = { place, unit: unitOf, visit, network, scope } satisfies Record<
  Subject['kind'],
  fc.Arbitrary<Subject>
>;
const rule = fc.constantFrom(...Object.keys(SUBJECT_KINDS).filter(isAlertRule));
const about = rule.chain((name) =>
  fc.record({ rule: fc.constant(name), subject: subjects[SUBJECT_KINDS[name]] as fc.Arbitrary<Subject> }),
);
const alertBook = fc.tuple(about, id).map(([of, ruleId]) => ({ ...of, ruleId }));
const alertId = fc
  .tuple(about, fc.record({ fromMs: ms, logId, ordinal }))
  .map(([of, when]): Parameters<typeof formatAlertId>[0] => ({ ...of, ...when }));
const visitKind = fc.constantFrom('visit' as const, 'cross' as const);
const visitId: fc.Arbitrary<VisitId> = fc.record({ kind: visitKind, place: id, unit: id, fromMs: ms, logId, ordinal });
const past = fc.oneof(
  fc.record({ kind: fc.constant('rule' as const), ruleId: id, place: id }),
  fc.record({ kind: fc.constant('anybody' as const), place: id }),
);
const windows = fc.oneof(
  fc.record({ kind: fc.constant('binds' as const), ruleId: id, watched: fc.oneof(place, unitOf, scope) }),
  fc.record({ kind: fc.constant('duty' as const), unit: id }),
);
const timer: fc.Arbitrary<keys.TimerKey> = fc.oneof(
  fc.record({ kind: fc.constantFrom('settle' as const, 'prune' as const, 'plan' as const) }),
  unitOf,
  place,
  fc.record({ kind: fc.constantFrom('network' as const, 'scope' as const), ruleId: id }),
  fc.record({ kind: fc.constant('alerts' as const), book: alertBook }),
);

/** What is read is what was written; so what differs is written differently. */
function reads<Value>(
  what: string,
  values: fc.Arbitrary<Value>,
  format: (value: Value) => string,
  parse: (text: string, value: Value) => Value | null,
): void {
  t.test(`${what}: what is written is read again, and what differs is written differently`, async (t) => {
    fc.assert(
      fc.property(values, values, (one, other) => {
        const text = format(one);
        assert.equal(canonicalJson(parse(text, one)), canonicalJson(one));
        if (format(other) === text) assert.equal(canonicalJson(other), canonicalJson(one));
        for (const cut of [text.slice(0, -1), `${text}:`, `${text}|a`, `${text}@a`, text.toUpperCase()]) {
          const read = parse(cut, one);
          if (read !== null) assert.equal(format(read), cut);
        }
      }),
      { seed: SEED, numRuns: 2_000 },
    );
    t.pass(`seed ${SEED}`);
  });
}

for (const [kind, values] of Object.entries(subjects)) {
  reads(`subjects, ${kind}`, values as fc.Arbitrary<Subject>, subjectName, (text, { kind: of }) =>
    parseSubjectName(of, text),
  );
}
reads('alert ids', alertId, formatAlertId, parseAlertId);
reads('visit ids', visitId, formatVisitId, parseVisitId);
reads('alert books', alertBook, keys.formatAlertBook, keys.parseAlertBook);
reads('visit books', fc.record({ kind: visitKind, unit: id, place: id }), keys.formatVisitBook, keys.parseVisitBook);
reads('pasts of places', past, keys.formatPlacePast, keys.parsePlacePast);
reads('windows', windows, keys.formatWindows, keys.parseWindows);
reads('timers', timer, keys.formatTimerKey, keys.parseTimerKey);

const ONE = 'test';
const silence = (ruleId: string, units: readonly string[], binds = 'always'): PlanRule => ({
  id: ruleId,
  kind: 'tracker-silence',
  severity: 'medium',
  binds,
  units,
});

t.test('a district whose unit, place and rule have its own id tells the same as any other', async (t) => {
  const told = (name: (what: string) => string): object[] => {
    const units = [name('unit'), 'car-2', 'car-3', 'car-4'];
    const bench = new Bench(
      plan({
        places: [circle(name('place'), at(0), 100)],
        units: units.map((unitId) => unit(unitId)),
        rules: [
          checkpointGap([name('place')], { id: name('gap'), minPresenceMs: 0 }),
          silence(name('silence'), units),
          {
            id: 'short',
            kind: 'dwell-short',
            severity: 'low',
            binds: 'always',
            places: [name('place')],
            minVisitMs: 30 * MINUTE,
          },
          { id: 'stand', kind: 'dwell-long', severity: 'low', binds: 'always', units, maxStandMs: 5 * MINUTE },
        ],
      }),
    );
    const here = Object.fromEntries(units.map((unitId, i) => [unitId, () => at(i === 0 ? 0 : 2_000)]));
    bench.drive(T0 + 8 * MINUTE, here);
    bench.drive(bench.nowMs + 8 * MINUTE, { ...here, [name('unit')]: () => at(1_000) });
    const { [name('unit')]: _silent, ...others } = here;
    bench.drive(bench.nowMs + 5 * MINUTE, others);
    bench.drive(bench.nowMs + 2 * MINUTE, here);
    bench.tickTo(bench.nowMs + 6 * MINUTE);
    bench.drive(bench.nowMs + 8 * MINUTE, here);
    const ids = bench.alerts.map(({ alertId: text }) => text);
    for (const text of ids) t.ok(parseAlertId(text), text);
    const { openAlerts, closedAlerts } = takeHotDelta(bench.state);
    t.equal(new Set([...openAlerts.keys(), ...closedAlerts.keys()]).size, new Set(ids).size, 'each is held by its id');
    return [
      ...latest(bench.alerts).map(({ rule: of, subject, condition, fromMs, toMs, suppressedBy, episodes }) => ({
        of,
        kind: subject.kind,
        condition,
        fromMs,
        toMs,
        suppressed: suppressedBy !== null,
        episodes,
      })),
      ...latestVisits(bench.visits).map(({ kind, state, innerFromMs, innerToMs }) => ({
        kind,
        state,
        innerFromMs,
        innerToMs,
      })),
    ];
  };
  const usual = told((what) => `${what}-1`);
  t.ok(usual.length > 6, `${usual.length} alerts and visits`);
  // Ids of rules are unique in a plan: each takes it in turn.
  for (const own of ['gap', 'silence']) {
    const same = told((what) => (what === 'unit' || what === 'place' || what === own ? ONE : `${what}-1`));
    t.same(same, usual, `the rule ${own} too`);
  }
});

t.test(
  'two networks that fail at one instant are two alerts, and two rules of silence do not share what they find',
  (t) => {
    const cars = ['car-1', 'car-2', 'car-3'];
    const feet = ['foot-1', 'foot-2', 'foot-3'];
    const bench = new Bench(
      plan({
        places: [circle('gate', at(0), 100)],
        units: [...cars, ...feet].map((unitId) => unit(unitId)),
        rules: [silence('cars', cars), silence('feet-early', feet, 'early'), silence('feet-late', feet, 'late')],
        schedules: { early: [T0, T0 + 20 * MINUTE], late: [T0 + 20 * MINUTE, T0 + 90 * MINUTE] },
      }),
    );
    const here = Object.fromEntries([...cars, ...feet].map((unitId) => [unitId, () => at(500)]));
    bench.drive(T0 + 3 * MINUTE, here);
    bench.tickTo(bench.nowMs + 5 * MINUTE);
    const alerts = latest(bench.alerts);
    t.same(
      alerts
        .filter(({ rule: of }) => of === 'network-outage')
        .map(({ ruleId }) => ruleId)
        .sort(),
      ['cars', 'feet-early'],
    );
    t.equal(new Set(alerts.map(({ alertId: text }) => text)).size, 8);
    t.same([...new Set(alerts.map(({ ruleId }) => ruleId))].sort(), ['cars', 'feet-early']);
    t.end();
  },
);
