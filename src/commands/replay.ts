import type { DistrictHost } from '../app/district-host.js';
import { loadDistrict } from '../district/load-district.js';
import { BeatwatchError } from '../model/errors.js';
import { HORIZON_MS, OUTAGE_HOLE_MS } from '../model/limits.js';
import type { VisitVersion } from '../model/visit.js';
import { replayTrace, surveyTrace, type TraceSurvey } from '../simulator/replay.js';
import type { ReplayCounts, TraceFault } from '../simulator/replay-source.js';
import type { Arrival, ReplayOrder } from '../simulator/traces/arrivals.js';
import type { TraceFile } from '../simulator/traces/read-trace.js';
import type { Span } from '../simulator/traces/time-spread.js';
import { KEEP_OPTION, LEAD_MS, type LocalServer, withLocalServer } from './local-server.js';
import { durationMs, type Options, readOptions, usageError, wholeNumber } from './options.js';
import { type Output, openOutput } from './output.js';
import { alertLine, createReporter, type Reporter, tellToken } from './reporter.js';
import { replayArchive } from './replay-archive.js';
import { stoppedEarly, stopSignal } from './stopping.js';
import { standingVisits, summarise } from './summary.js';
import { oneOf, TRACE_OPTIONS, traceOf } from './trace-options.js';

const USAGE = `beatwatch replay FILE --district FOLDER [--order file|event-time] [--columns …] [--visits] [--json]
beatwatch replay --archive FOLDER --day 2026-11-24 [--keys FILE] [--json]

Runs a server in a fresh folder, and sends a recording (GPX, CSV or NDJSON, also with .gz) through the trackers' sockets on a
virtual clock, as fast as the server acknowledges it. In file order, a fix arrives at the time in its receive column, or
without one at the latest event time so far. With --order event-time, it arrives when it was taken.

CSV and NDJSON need --columns, which says what is in which column. For example:
  vehicle=veh,time=fix:epoch-s,lat=lat,lng=lon,speed="Speed, km/h":kmh,receive=recv
There are also course, ignition, accuracy (metres), hdop, satellites, altitude and battery (percent). Times are iso, compact
(20261124083100), epoch-s, epoch-ms, epoch-us, epoch-ns, or by default what they look like. Speeds are kmh (default), mps,
mph or knots.

A fix whose date is far from all others arrives together with the row before it, and the output names it. If no fix comes for
twelve hours or more, the clock makes one step over this time.

With --archive, it folds the archived log of one district up to the end of a local day, in the order in which it came, and compares the
alerts and visits that this gives with those that are on record for the day. It needs no server and no network. It prints each
difference with its reason, and exits with 0 if there is none, otherwise with 1.`;

const ORDERS: readonly ReplayOrder[] = ['file', 'event-time'];

const OPTIONS = {
  district: { type: 'string', value: 'FOLDER', help: 'district whose units carry the trackers of the recording' },
  order: {
    type: 'string',
    value: ORDERS.join('|'),
    help: 'order in which fixes arrive; default: the order of the file',
  },
  ...TRACE_OPTIONS,
  step: {
    type: 'string',
    value: '5s',
    help: 'reports that are due within this virtual time are sent together, at its end',
  },
  speed: {
    type: 'string',
    value: '60',
    help: 'virtual seconds a second; default: as fast as reports are acknowledged',
  },
  visits: { type: 'boolean', help: 'print the visits that stand at the end' },
  json: { type: 'boolean', help: 'one JSON object a line on stdout, a summary last' },
  port: { type: 'string', value: 'PORT', help: 'port of the server; a free one unless given' },
  keep: KEEP_OPTION,
  archive: {
    type: 'string',
    value: 'FOLDER',
    help: 'archive of one district: replay a day of it instead of a recording',
  },
  day: { type: 'string', value: '2026-11-24', help: 'which day of the archive, by the local calendar' },
  keys: { type: 'string', value: 'FILE', help: 'verify the archive against these keys first, as verify does' },
} as const;

/** Reports wait for the end of their step, and a fix that waits longer is late for the silence rules. */
const LONGEST_STEP_MS = 60_000;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  if (options.text('archive') !== null || options.text('day') !== null) return await replayArchive(options);
  const startedAtMs = performance.now();
  const signal = stopSignal();
  const districtFolder = options.text('district');
  if (districtFolder === null) throw usageError('got no --district, expected a folder with the units of the recording');
  const trace = traceOf(options);
  const order = oneOf('order', options.text('order') ?? 'file', ORDERS);
  const stepMs = stepOf(options);
  const skips = options.flag('skip-bad-rows');
  const output = openOutput({ json: options.flag('json') });
  output.state(`reading ${trace.path}`);
  const survey = await readOver(trace, skips, signal).finally(() => output.end());
  if (survey === null) throw stoppedEarly('replay the whole recording');
  if (survey.firstFaults.length > 0 && !skips) throw badRows(trace, survey);
  if (survey.event === null || survey.arrival === null) throw nothingIn(trace, survey);
  await checkTrackers(survey, districtFolder);
  const port = wholeNumber('port', options.text('port') ?? '0', 0, 65_535);
  const keep = options.text('keep');
  const { fromMs, toMs } = spanOf(survey.event, survey.arrival, order);
  const whole = await withLocalServer({ districtFolder, fromMs, port, signal, keep, output }, (server) =>
    drive({ options, trace, order, stepMs, survey, fromMs, toMs, startedAtMs, signal, output, server }),
  );
  if (!whole) throw stoppedEarly('replay the whole recording');
  return 0;
}

/** Null: the signal ended it. */
async function readOver(trace: TraceFile, skips: boolean, signal: AbortSignal): Promise<TraceSurvey | null> {
  try {
    return await surveyTrace(trace, { stopAtFault: !skips, signal });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

interface Drive {
  readonly options: Options;
  readonly trace: TraceFile;
  readonly order: ReplayOrder;
  readonly stepMs: number;
  readonly survey: TraceSurvey;
  readonly fromMs: number;
  readonly toMs: number;
  readonly startedAtMs: number;
  readonly signal: AbortSignal;
  readonly output: Output;
  readonly server: LocalServer;
}

async function drive(o: Drive): Promise<void> {
  const { options, trace, order, survey, fromMs, toMs, signal, output, server } = o;
  const { host, plan } = server;
  const reporter = createReporter({ json: options.flag('json'), timeZone: plan.timeZone, output });
  const supervision = await server.supervise((alert) => reporter.line(alertLine(alert)));
  await using trackers = await server.connect(
    survey.trackers.map(({ tracker }) => tracker),
    0,
  );
  tellStart(reporter, o, supervision.token);
  const clock = looseClock(host, plan.inForceFromMs);
  const speed = options.text('speed');
  const { counts } = await replayTrace({
    trace,
    order,
    trackers,
    within: order === 'file' ? survey.arrival : survey.event,
    setClock: (nowMs) => clock.move(nowMs),
    crossHole: (toMs) => clock.cross(toMs),
    stepMs: o.stepMs,
    signal,
    onProgress: ({ nowMs, acknowledged }) => reporter.progress({ nowMs, fromMs, toMs, acknowledged }),
    ...(speed === null ? {} : { speed: wholeNumber('speed', speed, 1) }),
  });
  await clock.moveAndWait(toMs + 2 * LONGEST_STEP_MS);
  const transitions = await supervision.finish();
  const summary = await summarise({
    hot: host.hot,
    versions: host.versions,
    district: host.id,
    fromMs,
    toMs,
    wallMs: performance.now() - o.startedAtMs,
    sent: trackers.counters(),
    alerts: supervision.told,
    neglects: 0,
    transitions,
  });
  tellRows(reporter, counts);
  if (options.flag('visits')) for (const visit of await standingVisits(host.versions)) reporter.line(visitLine(visit));
  const { flags } = await host.hot.readCounters();
  const { rows, fixes, faults, odd } = counts;
  reporter.line({
    json: JSON.stringify({ type: 'trace', rows, fixes, faults, odd, trackers: survey.trackers.length, flags }),
    text: `${rows} rows, ${fixes} fixes of ${survey.trackers.length} trackers; flagged: ${JSON.stringify(flags)}`,
  });
  reporter.summary(summary);
}

/**
 * Where virtual time begins and ends: for both orders at the same instants, so that both come to the same verdicts, unless
 * arrival and event times are further apart than the horizon.
 */
function spanOf(event: Span, arrival: Span, order: ReplayOrder): Span {
  const own = order === 'file' ? arrival : event;
  return {
    fromMs: Math.max(own.fromMs - HORIZON_MS, Math.min(event.fromMs, arrival.fromMs)),
    toMs: Math.min(own.toMs + HORIZON_MS, Math.max(event.toMs, arrival.toMs)),
  };
}

function stepOf(options: Options): number {
  const text = options.text('step') ?? '5s';
  const stepMs = durationMs('step', text);
  if (stepMs >= 1 && stepMs <= LONGEST_STEP_MS) return stepMs;
  throw usageError(`--step: got ${JSON.stringify(text)}, expected at most 60s`);
}

/** The server would turn a tracker without a unit away; better before anything was sent. */
async function checkTrackers(survey: TraceSurvey, districtFolder: string): Promise<void> {
  const { id, units } = await loadDistrict(districtFolder);
  const known = new Set(units.map(({ tracker }) => tracker));
  const strangers = survey.trackers.flatMap(({ tracker }) => (known.has(tracker) ? [] : [tracker]));
  if (strangers.length === 0) return;
  const some = `${strangers.slice(0, 10).join(', ')}${strangers.length > 10 ? ' …' : ''}`;
  throw new BeatwatchError(
    'trace-trackers',
    `got ${strangers.length} trackers that no unit of ${id} has (${some}), expected each in units.json, or mapped by --unit-map`,
    { trackers: strangers },
  );
}

/** Bad rows that a refusal tells in full. */
const NAMED_IN_REFUSAL = 5;

function badRows(trace: TraceFile, { rows, firstFaults, faults }: TraceSurvey): BeatwatchError {
  const count = Object.values(faults).reduce((sum, n) => sum + n, 0);
  const named = firstFaults.slice(0, NAMED_IN_REFUSAL).map(({ row, message }) => `\n  row ${row}: ${message}`);
  const message = `${trace.path}: got ${count} bad rows in the first ${rows}, expected a fix in each; mend them, or go on without such rows with --skip-bad-rows${named.join('')}`;
  return new BeatwatchError('trace-rows', message, { rows, faults });
}

function nothingIn(trace: TraceFile, { rows, firstFaults, faults }: TraceSurvey): BeatwatchError {
  const why = firstFaults[0] === undefined ? '' : `; row ${firstFaults[0].row}: ${firstFaults[0].message}`;
  return new BeatwatchError('trace-empty', `${trace.path}: got no fix in ${rows} rows, expected at least one${why}`, {
    rows,
    faults,
  });
}

/** Ticks between two waits for the engine; what it is behind by stays bounded. */
const TICKS_A_WAIT = 64;

/**
 * Verdicts are dated by log time, so a recording need not wait for the engine at each step: it may be up to TICKS_A_WAIT ticks
 * behind. A step is crossed with ticks, since a longer hole in the log than OUTAGE_HOLE_MS is an outage of the server.
 */
function looseClock(
  host: DistrictHost,
  startMs: number,
): {
  move(nowMs: number): Promise<void>;
  cross(nowMs: number): Promise<void>;
  moveAndWait(nowMs: number): Promise<void>;
} {
  let atMs = startMs;
  let ticks = 0;
  const move = async (nowMs: number): Promise<void> => {
    do {
      atMs = Math.min(nowMs, atMs + OUTAGE_HOLE_MS);
      ticks += 1;
      await (ticks % TICKS_A_WAIT === 0 ? host.setClock(atMs) : host.moveClock(atMs));
    } while (atMs < nowMs);
  };
  return {
    move,
    // One step, which is an outage; the calendar of the plan may have run out in it.
    cross: async (nowMs) => {
      atMs = nowMs - LEAD_MS;
      await host.setClock(atMs);
      await host.renewPlan();
      await move(nowMs);
    },
    moveAndWait: async (nowMs) => {
      await move(nowMs);
      await host.setClock(nowMs);
    },
  };
}

function tellStart(reporter: Reporter, o: Drive, token: string): void {
  const { server, trace, order, fromMs, toMs } = o;
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  const district = server.host.id;
  reporter.line({
    json: JSON.stringify({ type: 'started', district, file: trace.path, order, from, to }),
    text: `Beatwatch replays ${trace.path} (${from} to ${to}, in ${order} order) in district ${district} at ${server.url}.`,
  });
  if (!o.options.flag('json')) tellToken(o.output, token);
}

function tellRows(reporter: Reporter, { firstFaults, firstOdd }: ReplayCounts): void {
  for (const fault of firstFaults) reporter.line(faultLine(fault));
  for (const arrival of firstOdd) reporter.line(oddLine(arrival));
}

function faultLine({ row, code, message }: TraceFault): { json: string; text: string } {
  return { json: JSON.stringify({ type: 'fault', row, code, message }), text: `row ${row} is no fix: ${message}` };
}

function oddLine({ row, tracker, fix, atMs }: Arrival): { json: string; text: string } {
  const [taken, sent] = [new Date(fix.eventTimeMs).toISOString(), new Date(atMs).toISOString()];
  return {
    json: JSON.stringify({ type: 'odd-date', row, tracker, eventTime: taken, sentAt: sent }),
    text: `row ${row} of ${tracker} has the date ${taken}, far from the rows beside it: it was sent at ${sent}`,
  };
}

function visitLine(visit: VisitVersion): { json: string; text: string } {
  const { unit, place, innerFromMs, innerToMs } = visit;
  const to = innerToMs === null ? 'still there' : new Date(innerToMs).toISOString();
  return {
    json: JSON.stringify({ type: 'visit', ...visit }),
    text: `${unit} at ${place}: ${new Date(innerFromMs).toISOString()} to ${to}`,
  };
}
