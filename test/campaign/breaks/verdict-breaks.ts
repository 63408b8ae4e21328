import type { TestedBreak } from './tested-breaks.js';

const DOUBTS = 'engine/presence/doubts.js';
const LIMITS_OVER = 'engine/plan/limits-over.js';
const RECORDS = 'engine/hot/records.js';
const SIGMA = 'engine/track/sigma.js';
const STATEMENTS = 'engine/presence/statements.js';
const USEFULNESS = 'engine/track/usefulness.js';

const ADMISSION_TEST = 'test/engine/admission.test.ts';
const DENSE_TEST = 'test/engine/dense.test.ts';
const GAPS_TEST = 'test/engine/gaps.test.ts';
const IDENTITY_TEST = 'test/engine/identity.test.ts';
const INTERVALS_TEST = 'test/ingest/intervals.test.ts';
const ORDERS_TEST = 'test/engine/orders.test.ts';
const LAYERS_TEST = 'test/district/orders.test.ts';
const SERIES = 'district/plan-series.js';
const ORDERS_COME_TO_PLANS =
  'orders come to plans: one for each instant at which something begins or ends, and the plan without them last';
const PLANS_TEST = 'test/engine/plans.test.ts';
const RULE_CASES_TEST = 'test/engine/rule-cases.test.ts';
const SILENCE_TEST = 'test/engine/silence.test.ts';
const SOS_TEST = 'test/engine/sos.test.ts';
const SHORTFALLS = 'engine/rules/strength/shortfalls.js';
const STRENGTH_TEST = 'test/engine/strength.test.ts';
const STATEMENTS_TEST = 'test/engine/statements.test.ts';
const USELESS_TEST = 'test/engine/useless.test.ts';

/** What verdicts must be true of, where no seed of the campaign has it. */
export const VERDICT_BREAKS = {
  'accuracy-first': {
    what: 'accuracy in metres is not looked at',
    patches: [{ module: SIGMA, find: 'if (fix.accuracyDm !== null)', replace: 'if (false)' }],
    seenBy: ADMISSION_TEST,
    title: 'σ by the accuracy in metres, else by HDOP, else by satellites, else assumed; no satellite is no position',
  },
  'orders-in-one-append': {
    what: 'of a change of several plans the rest follows whatever plan came before',
    patches: [
      {
        module: 'engine/plan/plans.js',
        find: 'return last.series?.id === series.id && last.series.nth === series.nth - 1;',
        replace: 'return true;',
      },
    ],
    seenBy: ORDERS_TEST,
    title: 'of a change that was overtaken nothing counts, though one of its numbers fits',
  },
  'orders-over-the-next-plan': {
    what: 'a plan that waits for an instant in the time of an order is not under it',
    patches: [{ module: SERIES, find: '!isSameBase(before, base)', replace: 'false' }],
    seenBy: LAYERS_TEST,
    title: ORDERS_COME_TO_PLANS,
  },
  'orders-stay-ended': {
    what: 'an order that was ended comes back with the next change',
    patches: [{ module: SERIES, find: 'Math.min(order.toMs, endMs)', replace: 'order.toMs' }],
    seenBy: LAYERS_TEST,
    title: ORDERS_COME_TO_PLANS,
  },
  'orders-of-their-own-time': {
    what: 'a rule binds in the time of a plan before it, too',
    patches: [
      {
        module: 'engine/plan/windows.js',
        find: 'intersect(plan.schedules[schedule] ?? [], [fromMs, toMs])',
        replace: 'plan.schedules[schedule] ?? []',
      },
    ],
    seenBy: ORDERS_TEST,
    title:
      'a gap at an order’s post begins with the order, says so, and ends with it; nothing is raised for the time before',
  },
  'strength-with-doubt': {
    what: 'too few are there for certain though others may be',
    patches: [
      {
        module: SHORTFALLS,
        find: "countedSpans([...input.covered, ...input.possible()], input.partsOf, 'most')",
        replace: 'present',
      },
    ],
    seenBy: STRENGTH_TEST,
    title: 'who may be there makes it a risk and no certainty, for as long as a doubt lasts',
  },
  'strength-remembered': {
    what: 'a shortfall begins anew when what was before is forgotten',
    patches: [{ module: SHORTFALLS, find: 'opensMs < startMs ? input.remembered : null', replace: 'null' }],
    seenBy: STRENGTH_TEST,
    title: 'a shortfall of six hours is one, forgotten and restored or not',
  },
  'strength-counts-once': {
    what: 'a unit that is there, and may be, counts twice',
    patches: [
      {
        module: 'engine/rules/strength/counted.js',
        find: 'normalise(own.map(',
        replace: 'own.flatMap((span) => [span.fromMs, span.toMs]); normalise(own.map(',
      },
    ],
    seenBy: STRENGTH_TEST,
    title: 'seed 20261130: shortfalls are those that one finds by looking at each second',
  },
  'off-zone-surely': {
    what: 'a unit is out of its zone though its position may be off by that much',
    patches: [{ module: 'engine/rules/off-zone/excursions.js', find: 'leastM - point.sigmaM', replace: 'leastM' }],
    seenBy: RULE_CASES_TEST,
    title:
      'the case off-zone-near-the-border.json: a unit that may be within what is allowed is nothing: near the border, or with a vague receiver',
  },
  'runs-over-holes': {
    what: 'what a rule saw goes on over a time in which nobody saw the unit',
    patches: [{ module: 'engine/track/runs.js', find: 'atMs - last.seenMs > terms.mostGapMs', replace: 'false' }],
    seenBy: RULE_CASES_TEST,
    title: 'the case speeding-slow-reports.json: speeds that are further apart than a minute prove nothing',
  },
  'speed-beside-an-expressway': {
    what: 'a unit that may be on an expressway is held to the limit beside it',
    patches: [{ module: 'engine/rules/speeding/measured.js', find: 'Math.max(own, maybe)', replace: 'own' }],
    seenBy: RULE_CASES_TEST,
    title:
      'the case speeding-places.json: the limit is that of the place that the unit is surely in, and beside an expressway the higher one',
  },
  'lightbar-not-said': {
    what: 'a lightbar of which a fix says nothing is on',
    patches: [{ module: 'engine/rules/speeding/judge.js', find: 'unsaid > 0', replace: 'false' }],
    seenBy: RULE_CASES_TEST,
    title:
      'the case speeding-exempt.json: a task exempts a unit only with its lightbar on all the time, and it is recorded all the same',
  },
  'lights-not-measured': {
    what: 'time in which nobody can tell whether the lightbar was on counts as time in which it was off',
    patches: [{ module: 'engine/rules/lights/judge.js', find: '(onMs + notMeasuredMs) * 100', replace: 'onMs * 100' }],
    seenBy: RULE_CASES_TEST,
    title:
      'the case lights-at-a-school.json: a visit is told when the lightbar was surely off for too much of it, and not when nobody can tell',
  },
  'withdrawn-plans': {
    what: 'a plan that another one withdrew takes effect all the same',
    patches: [
      {
        module: 'engine/plan/plan-change.js',
        find: 'state.plans.filter(({ fromMs }) => fromMs < next.fromMs)',
        replace: '[...state.plans]',
      },
    ],
    seenBy: PLANS_TEST,
    title: 'a plan withdraws those that wait for its instant or a later one, and they leave no trace (E3)',
  },
  'zero-satellites': {
    what: 'a fix with an HDOP and no satellite is located',
    patches: [{ module: SIGMA, find: '|| fix.satellites === 0', replace: '' }],
    seenBy: ADMISSION_TEST,
    title: 'σ by the accuracy in metres, else by HDOP, else by satellites, else assumed; no satellite is no position',
  },
  'vague-is-nowhere': {
    what: 'a position that is hundreds of metres unsure is one',
    patches: [{ module: 'engine/track/points.js', find: 'if (sigma > MAX_TRACK_SIGMA_M)', replace: 'if (false)' }],
    seenBy: ADMISSION_TEST,
    title: 'positions that say nothing move nothing',
  },
  'frozen-time': {
    what: 'a tracker whose time stands still has a clock that is behind',
    patches: [{ module: USEFULNESS, find: "return 'frozen-time';", replace: ';' }],
    seenBy: USELESS_TEST,
    title:
      'a tracker that talks for 40 minutes and is useless is one alert, with the cause and the offset; its health names both',
  },
  'frozen-position': {
    what: 'a tracker that drives on one coordinate says where it is',
    patches: [{ module: USEFULNESS, find: "return 'frozen-position';", replace: ';' }],
    seenBy: USELESS_TEST,
    title:
      'a tracker that talks for 40 minutes and is useless is one alert, with the cause and the offset; its health names both',
  },
  'week-rollover': {
    what: 'a date that is 1,024 weeks behind is any wrong clock',
    patches: [
      {
        module: USEFULNESS,
        find: "return isRollover ? 'week-rollover' : 'clock-behind';",
        replace: "return 'clock-behind';",
      },
    ],
    seenBy: USELESS_TEST,
    title:
      'a tracker that talks for 40 minutes and is useless is one alert, with the cause and the offset; its health names both',
  },
  'stored-fixes-say-nothing': {
    what: 'a tracker that sends what it had stored has a wrong clock',
    patches: [{ module: USEFULNESS, find: 'if (fix.backfill === true)', replace: 'if (false)' }],
    seenBy: USELESS_TEST,
    title:
      'a good tracker is not useless: at rest on one coordinate, sending twice, with a backlog, or now and then vague',
  },
  'vague-for-long': {
    what: 'a tracker that is vague for ten minutes indoors is useless',
    patches: [
      {
        module: 'engine/rules/tracker-silence/useless.js',
        find: "return cause === 'vague' ? VAGUE_AFTER_MS : USELESS_AFTER_MS;",
        replace: 'return USELESS_AFTER_MS;',
      },
    ],
    seenBy: USELESS_TEST,
    title: 'it is told after ten minutes, when it is vague after thirty, and not before',
  },
  'power-cut': {
    what: 'a tracker without main power is live until it falls silent',
    patches: [
      {
        module: RECORDS,
        find: "if (unit.use.power === false) return 'power-cut'; if (isAfter",
        replace: 'if (isAfter',
      },
    ],
    seenBy: USELESS_TEST,
    title: 'main power is cut while the tracker talks: its health says so at once, and when it is back',
  },
  'heartbeats-fit-silence': {
    what: 'a tracker is asked for heartbeats that come when it is silent already',
    patches: [
      {
        module: 'model/silence.js',
        find: 'Math.floor(silentAfterMs(expectedIntervalMs) / HEARTBEATS_IN_SILENCE)',
        replace: 'MAX_HEARTBEAT_INTERVAL_MS',
      },
    ],
    seenBy: INTERVALS_TEST,
    title:
      'a tracker that does what Welcome asks is never silent, with any kind and interval, late and with one message lost',
  },
  'interval-asked-anew': {
    what: 'a tracker goes on as the plan asked when it connected',
    patches: [{ module: 'ingest/ingest.js', find: 'session.askAnew();', replace: '' }],
    seenBy: INTERVALS_TEST,
    title: 'a plan that changes the interval of a unit is told to its tracker on the open socket',
  },
  'network-subjects': {
    what: 'the outages of two rules of one district are one subject',
    patches: [
      {
        module: 'model/subject.js',
        find: "case 'network': case 'scope': return `",
        replace: "case 'network': case 'scope': return subject.district; return `",
      },
    ],
    seenBy: IDENTITY_TEST,
    title: 'two networks that fail at one instant are two alerts, and two rules of silence do not share what they find',
  },
  'found-by-its-plan': {
    what: 'a new threshold finds, and takes back, what was under the old one',
    patches: [
      {
        module: LIMITS_OVER,
        find: 'for (const limit of limits) if (dueMsUnder(',
        replace: 'for (const limit of limits.slice(-1)) if (dueMsUnder(',
      },
      {
        module: LIMITS_OVER,
        find: 'return Math.max(limit.fromMs, fromMs + limit.limitMs);',
        replace: 'return fromMs + limit.limitMs;',
      },
    ],
    seenBy: PLANS_TEST,
    title: 'other thresholds change nothing that was found by the old ones, and hold from their own time on',
  },
  'stood-by-its-plan': {
    what: 'a unit that stood where it might is accused when a plan removes the place',
    patches: [
      {
        module: 'engine/rules/dwell-long/judge.js',
        find: 'if (fromMs > untilMs || version.toMs <= stand.sinceMs)',
        replace: 'if (version !== state.plans.at(-1))',
      },
    ],
    seenBy: PLANS_TEST,
    title: 'a unit that stood where it might is judged from the instant on at which a plan takes the place away',
  },
  'reach-by-its-plan': {
    what: 'a unit may have been at a place in the time before the plan had it there',
    patches: [
      {
        module: DOUBTS,
        find: 'const within = [Math.max(reachedMs, isFirst ? 0 : version.fromMs), Math.min(leftMs, version.toMs)];',
        replace: 'const within = [reachedMs, leftMs];',
      },
    ],
    seenBy: PLANS_TEST,
    title: 'a silent unit is possible at a place from when it can have come to where the plan of the time has it',
  },
  'doubt-ends': {
    what: 'a tracker that was never heard of leaves doubt for ever',
    patches: [
      {
        module: DOUBTS,
        find: 'return planAt(state, atMs)?.plan.possibleForMs ?? POSSIBLE_FOR_MS;',
        replace: 'return 1e9;',
      },
    ],
    seenBy: GAPS_TEST,
    title: 'the doubt of a silence has an end: then the unit counts as not there, whoever it is',
  },
  'out-of-service': {
    what: 'a unit that is out of service is judged',
    patches: [
      { module: 'engine/plan/out-of-service.js', find: "if (task !== 'out-of-service')", replace: 'if (true)' },
    ],
    seenBy: 'test/engine/lifecycle.test.ts',
    title: 'a unit that is out of service is in no verdict, from the very instant on',
  },
  'surely-outside': {
    what: 'a fix beyond the buffer proves that a unit has left, however vague',
    patches: [
      {
        module: 'engine/track/fences.js',
        find: 'return distanceM - sigmaM > EXIT_BUFFER_M;',
        replace: 'return distanceM > EXIT_BUFFER_M;',
      },
    ],
    seenBy: 'test/engine/fences.test.ts',
    title: 'out by at least three fixes beyond doubt, with none between, that span a minute',
  },
  'next-stand': {
    what: 'a stop in the next street is the same stand',
    patches: [
      {
        module: 'engine/track/stands.js',
        find: 'if (isElsewhere && next.lastMs - next.sinceMs >= KEPT_STAND_MS)',
        replace: 'if (false)',
      },
    ],
    seenBy: 'test/engine/stands.test.ts',
    title: 'a stop of a minute in the next street is a stand of its own, and ends the one before',
  },
  'position-outranks': {
    what: 'what was said of a unit holds although a position came since',
    patches: [
      {
        module: STATEMENTS,
        find: 'if (point.eventTimeMs <= statedAtMs || point.eventTimeMs >= untilMs)',
        replace: 'if (true)',
      },
    ],
    seenBy: STATEMENTS_TEST,
    title: 'the next position ends a statement, and says more than it',
  },
  'vague-outranks-little': {
    what: 'any vague position ends what was said of a unit',
    patches: [
      {
        module: STATEMENTS,
        find: 'if (isUsable(point) || isRuledOut(statement, point, plan))',
        replace: 'if (true)',
      },
    ],
    seenBy: STATEMENTS_TEST,
    title: 'a vague position ends a statement only where it rules it out',
  },
  'statement-bounds': {
    what: 'what was said of a unit may hold for days',
    patches: [
      {
        module: STATEMENTS,
        find: 'if (said.untilMs <= state.nowMs || said.untilMs > state.nowMs + MAX_STATEMENT_MS)',
        replace: 'if (false)',
      },
    ],
    seenBy: STATEMENTS_TEST,
    title: 'what the plan does not have, what is over, too far ahead or one too many changes nothing',
  },
  'next-statement': {
    what: 'a later statement about a unit leaves the one before standing',
    patches: [
      {
        module: 'engine/presence/spoken.js',
        find: 'const byNext = next?.statedAtMs ?? Number.POSITIVE_INFINITY;',
        replace: 'const byNext = Number.POSITIVE_INFINITY;',
      },
    ],
    seenBy: STATEMENTS_TEST,
    title: 'a unit has one statement at a time; the next replaces it, and an empty one takes it back',
  },
  'calls-outlive-plans': {
    what: 'sos: a new plan ends a call for help',
    patches: [{ module: 'engine/alerts/alerts.js', find: "if (alert.rule === 'sos')", replace: 'if (false)' }],
    seenBy: SOS_TEST,
    title: 'a call ends by a person who says so, not by an acknowledgement, a shelf, its flag, time or a plan',
  },
  'refused-calls': {
    what: 'sos: a call in a fix that is refused is not heard',
    patches: [{ module: 'engine/rules/sos/sos.js', find: 'if (sos !== true || now === null)', replace: 'if (true)' }],
    seenBy: SOS_TEST,
    title: 'a fix that is refused is heard when it calls, once',
  },
  'frozen-clock-calls': {
    what: 'sos: a tracker whose clock stands still, ahead, is heard once and never again',
    patches: [
      {
        module: 'engine/rules/sos/sos.js',
        find: 'if (isAhead && !calls) forgetUndated(memory, nowMs);',
        replace: '',
      },
    ],
    seenBy: SOS_TEST,
    title: 'a tracker whose clock stands still, ahead, is heard again once its call was ended and it was quiet',
  },
  'age-of-calls': {
    what: 'sos: a call that comes late is told as one of now',
    patches: [
      { module: 'engine/rules/sos/sos.js', find: 'const OLD_CALL_MS = 60_000;', replace: 'const OLD_CALL_MS = 1e12;' },
    ],
    seenBy: SOS_TEST,
    title:
      'a call that comes late says how old it is; one from a clock that is ahead says so and is dated when it came',
  },
  'out-of-area': {
    what: 'a position 200 km out of the district is believed',
    patches: [
      {
        module: 'engine/track/points.js',
        find: 'if (area !== undefined && !isInArea(area, fix.position))',
        replace: 'if (false)',
      },
    ],
    seenBy: 'test/engine/area.test.ts',
    title: 'a position out of the area ends no visit and starts no run of outliers',
  },
  'reached-copies': {
    what: 'of equally sure copies of one instant the westernmost counts',
    patches: [{ module: 'engine/track/copies.js', find: 'return (reached ?? surest[0])', replace: 'return surest[0]' }],
    seenBy: DENSE_TEST,
    title: 'of equally sure copies of an instant the one counts that the unit can have reached',
  },
  'too-dense': {
    what: 'each of a thousand fixes 100 ms apart is folded',
    patches: [
      {
        module: 'engine/plan/buckets.js',
        find: 'if (version === undefined || unit === undefined)',
        replace: 'if (true)',
      },
    ],
    seenBy: DENSE_TEST,
    title: 'whatever a tracker sends, what it costs to fold is bounded: at an instant, and in the long run',
  },
  'outage-members': {
    what: 'an outage has those for good who were silent when it began; the others are told one by one',
    patches: [
      {
        module: 'engine/rules/tracker-silence/network-outage.js',
        find: 'running.units = [...new Set([...running.units, ...joins.map(({ unit }) => unit)])].sort();',
        replace: '',
      },
    ],
    seenBy: SILENCE_TEST,
    title: 'one outage is one alert: whoever falls silent joins it before a silence of its own is told, and so do gaps',
  },
  'gaps-behind-outages': {
    what: 'a gap that only an outage explains is told beside it',
    patches: [{ module: 'engine/rules/gap/judge.js', find: 'outageBehind(state, found)', replace: 'null' }],
    seenBy: SILENCE_TEST,
    title: 'one outage is one alert: whoever falls silent joins it before a silence of its own is told, and so do gaps',
  },
} as const satisfies Record<string, TestedBreak>;
