import type { DistrictHost } from '../app/district-host.js';
import { loadDistrict } from '../district/load-district.js';
import { BeatwatchError } from '../model/errors.js';
import { HORIZON_MS, OUTAGE_HOLE_MS } from '../model/limits.js';
import type { VisitVersion } from '../model/visit.js';
import { replayTrace, surveyTrace, type TraceSurvey } from '../simulator/replay.js';
import type { ReplayOrder } from '../simulator/replay-source.js';
import type { TraceFile, TraceFormat } from '../simulator/traces/read-trace.js';
import type { TraceItem } from '../simulator/traces/trace-row.js';
import { parseColumns } from './columns.js';
import { type LocalServer, withLocalServer } from './local-server.js';
import { durationMs, type Options, readOptions, usageError, wholeNumber } from './options.js';
import { alertLine, createReporter, type Reporter } from './reporter.js';
import { stoppedEarly, stopSignal } from './stopping.js';
import { standingVisits, summarise } from './summary.js';

const USAGE = `beatwatch replay FILE --district FOLDER [--order file|event-time] [--columns …] [--visits] [--json]

The server in a fresh folder, and a recording (GPX, CSV or NDJSON, also with .gz) that goes in through the trackers' sockets
on a virtual clock, as fast as it is acknowledged. In file order a fix arrives when its receive column says, or without one
at the latest event time so far; with --order event-time it arrives when it was taken.

CSV and NDJSON need --columns, for example vehicle=veh,time=fix:epoch-s,lat=lat,lng=lon,speed=speed:kmh,receive=recv: what is
in which column; also course, ignition, hdop, satellites, altitude. Times are iso, epoch-s, epoch-ms or (unless said) what they
look like; speeds are kmh (unless said), mps, mph or knots.`;

const FORMATS: readonly TraceFormat[] = ['gpx', 'csv', 'ndjson'];
const ORDERS: readonly ReplayOrder[] = ['file', 'event-time'];

const OPTIONS = {
  district: { type: 'string', value: 'FOLDER', help: 'district whose units carry the trackers of the recording' },
  order: { type: 'string', value: ORDERS.join('|'), help: 'who comes when; as the file has it unless given' },
  format: { type: 'string', value: FORMATS.join('|'), help: 'by the name of the file unless given' },
  columns: { type: 'string', value: 'NAME=COLUMN,…', help: 'what is in which column of CSV and NDJSON' },
  'unit-map': {
    type: 'string',
    value: 'VEHICLE=TRACKER',
    multiple: true,
    help: 'tracker of a vehicle; its name made an id unless given',
  },
  tracker: {
    type: 'string',
    value: 'ID',
    help: 'tracker of a recording without vehicles; the name of the file made an id unless given',
  },
  step: {
    type: 'string',
    value: '5s',
    help: 'reports that fall due in so much virtual time go out together, at its end',
  },
  speed: { type: 'string', value: '60', help: 'virtual seconds a second; as fast as it is acknowledged unless given' },
  visits: { type: 'boolean', help: 'print the visits that stand in the end' },
  json: { type: 'boolean', help: 'one JSON object a line on stdout, a summary last' },
  port: { type: 'string', value: '8080', help: 'port of the server; a free one unless given' },
} as const;

/** Reports wait for the end of their step, and a fix that waits longer is late for the silence rules. */
const LONGEST_STEP_MS = 60_000;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const startedAtMs = performance.now();
  const signal = stopSignal();
  const districtFolder = options.text('district');
  if (districtFolder === null) throw usageError('got no --district, expected a folder with the units of the recording');
  const trace = traceOf(options);
  const order = oneOf('order', options.text('order') ?? 'file', ORDERS);
  const survey = await surveyTrace(trace);
  if (survey.event === null || survey.arrival === null) throw nothingIn(trace, survey);
  await checkTrackers(survey, districtFolder);
  const port = wholeNumber('port', options.text('port') ?? '0', 0, 65_535);
  const { fromMs, toMs } = spanOf(survey.event, survey.arrival, order);
  const whole = await withLocalServer({ districtFolder, fromMs, port, signal }, (server) =>
    drive({ options, trace, order, survey, fromMs, toMs, startedAtMs, signal, server }),
  );
  if (!whole) throw stoppedEarly('replay the whole recording');
  return 0;
}

interface Drive {
  readonly options: Options;
  readonly trace: TraceFile;
  readonly order: ReplayOrder;
  readonly survey: TraceSurvey;
  readonly fromMs: number;
  readonly toMs: number;
  readonly startedAtMs: number;
  readonly signal: AbortSignal;
  readonly server: LocalServer;
}

async function drive(o: Drive): Promise<void> {
  const { options, trace, order, survey, fromMs, toMs, signal, server } = o;
  const { host, plan } = server;
  const reporter = createReporter({ json: options.flag('json'), timeZone: plan.timeZone });
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
    setClock: (nowMs) => clock.move(nowMs),
    stepMs: stepOf(options),
    signal,
    onProgress: ({ nowMs, acknowledged }) => reporter.progress({ nowMs, fromMs, toMs, acknowledged }),
    ...(speed === null ? {} : { speed: wholeNumber('speed', speed, 1) }),
  });
  await clock.settleAt(toMs + 2 * LONGEST_STEP_MS);
  const transitions = await supervision.finish();
  const summary = await summarise({
    hot: host.hot,
    district: host.id,
    fromMs,
    toMs,
    wallMs: performance.now() - o.startedAtMs,
    sent: trackers.counters(),
    alerts: supervision.told,
    neglects: 0,
    transitions,
  });
  for (const fault of counts.firstFaults) reporter.line(faultLine(fault));
  if (options.flag('visits')) for (const visit of await standingVisits(host.hot)) reporter.line(visitLine(visit));
  const { flags } = await host.hot.readCounters();
  const { rows, fixes, faults } = counts;
  reporter.line({
    json: JSON.stringify({ type: 'trace', rows, fixes, faults, trackers: survey.trackers.length, flags }),
    text: `${rows} rows, ${fixes} fixes of ${survey.trackers.length} trackers; flagged: ${JSON.stringify(flags)}`,
  });
  reporter.summary(summary);
}

/**
 * Where virtual time begins and ends: for both orders at the same instants, so that both come to the same verdicts, unless
 * arrival and event times are further apart than the horizon.
 */
function spanOf(
  event: NonNullable<TraceSurvey['event']>,
  arrival: NonNullable<TraceSurvey['arrival']>,
  order: ReplayOrder,
): { fromMs: number; toMs: number } {
  const [firstMs, lastMs] = order === 'file' ? [arrival.firstMs, arrival.lastMs] : [event.fromMs, event.toMs];
  return {
    fromMs: Math.max(firstMs - HORIZON_MS, Math.min(event.fromMs, arrival.firstMs)),
    toMs: Math.min(lastMs + HORIZON_MS, Math.max(event.toMs, arrival.lastMs)),
  };
}

function traceOf(options: Options): TraceFile {
  const [path, ...others] = options.words;
  if (path === undefined || others.length > 0) {
    throw usageError(`got ${JSON.stringify(options.words.join(' '))}, expected one FILE`);
  }
  const format = options.text('format');
  const columns = options.text('columns');
  const tracker = options.text('tracker');
  return {
    path,
    trackers: Object.fromEntries(options.texts('unit-map').map(unitMapping)),
    ...(format === null ? {} : { format: oneOf('format', format, FORMATS) }),
    ...(columns === null ? {} : { mapping: parseColumns(columns) }),
    ...(tracker === null ? {} : { tracker }),
  };
}

function unitMapping(text: string): [vehicle: string, tracker: string] {
  const at = text.lastIndexOf('=');
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw usageError(`--unit-map: got ${JSON.stringify(text)}, expected VEHICLE=TRACKER`);
}

function stepOf(options: Options): number {
  const text = options.text('step') ?? '5s';
  const stepMs = durationMs('step', text);
  if (stepMs >= 1 && stepMs <= LONGEST_STEP_MS) return stepMs;
  throw usageError(`--step: got ${JSON.stringify(text)}, expected at most 60s`);
}

function oneOf<T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw usageError(`--${name}: got ${JSON.stringify(text)}, expected ${known.join(' or ')}`);
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

function nothingIn(trace: TraceFile, survey: TraceSurvey): BeatwatchError {
  const message = `${trace.path}: got no fix in ${survey.rows} rows (${JSON.stringify(survey.faults)}), expected at least one`;
  return new BeatwatchError('trace-empty', message, { rows: survey.rows, faults: survey.faults });
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
): { move(nowMs: number): Promise<void>; settleAt(nowMs: number): Promise<void> } {
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
    settleAt: async (nowMs) => {
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
    text: `Beatwatch replays ${trace.path} (${from} to ${to}, in ${order} order) in district ${district} at ${server.url}.\nA supervisor's token, good for 12 h:\n${token}\n`,
  });
}

function faultLine({ row, code, message }: Extract<TraceItem, { kind: 'fault' }>): { json: string; text: string } {
  return { json: JSON.stringify({ type: 'fault', row, code, message }), text: `row ${row} is no fix: ${message}` };
}

function visitLine(visit: VisitVersion): { json: string; text: string } {
  const { unit, place, innerFromMs, innerToMs } = visit;
  const to = innerToMs === null ? 'still there' : new Date(innerToMs).toISOString();
  return {
    json: JSON.stringify({ type: 'visit', ...visit }),
    text: `${unit} at ${place}: ${new Date(innerFromMs).toISOString()} to ${to}`,
  };
}
