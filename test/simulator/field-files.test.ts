import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readOptions } from '../../src/commands/options.js';
import { TRACE_OPTIONS, traceOf } from '../../src/commands/trace-options.js';
import { surveyTrace } from '../../src/simulator/replay.js';
import { arrivalsOf, type ReplayOrder } from '../../src/simulator/traces/arrivals.js';
import { readTrace, type TraceFile } from '../../src/simulator/traces/read-trace.js';
import { caseFile } from './support.js';

// Recordings as people have them. Each lies in a folder of cases/field, with what is to become of it in a file beside it.

interface FieldCase {
  readonly options: readonly string[];
  readonly fixes?: number;
  /** The first fix. */
  readonly first?: {
    readonly tracker: string;
    readonly eventTime: string;
    readonly lat: number;
    readonly lng: number;
    readonly speedCmps?: number;
    readonly hdopCenti?: number;
  };
  /** Rows with an odd date. */
  readonly odd?: readonly number[];
  /** How the file as a whole is refused. */
  readonly refused?: string;
  /** Options under which each row is refused, and how the first one is. */
  readonly instead?: { readonly options: readonly string[]; readonly row: number; readonly message: string };
}

function traceBy(path: string, options: readonly string[]): TraceFile {
  const read = readOptions('', TRACE_OPTIONS, [path, ...options]);
  if (read === null) throw new Error('got --help, expected options of a recording');
  return traceOf(read);
}

async function oddRows(trace: TraceFile, order: ReplayOrder): Promise<{ rows: number[]; spanMs: number }> {
  const { arrival, event } = await surveyTrace(trace);
  const rows: number[] = [];
  const times: number[] = [];
  for await (const one of arrivalsOf(readTrace(trace), order, order === 'file' ? arrival : event)) {
    if (one.odd) rows.push(one.row);
    times.push(one.atMs);
  }
  return { rows, spanMs: Math.max(...times) - Math.min(...times) };
}

for (const folder of readdirSync(caseFile('field'))) {
  const files = readdirSync(caseFile(join('field', folder))).filter((name) => !name.endsWith('.json'));
  for (const name of files) {
    t.test(`a recording from the field: ${folder}/${name}`, async (t) => {
      const path = caseFile(join('field', folder, name));
      const told = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as FieldCase;
      const trace = traceBy(path, told.options);
      if (told.refused !== undefined) {
        await t.rejects(surveyTrace(trace), { message: new RegExp(told.refused) });
        return;
      }
      const survey = await surveyTrace(trace);
      t.match(survey, { ...(told.fixes === undefined ? {} : { fixes: told.fixes }), trackers: [{ tracker: 'bd-1' }] });
      t.strictSame(survey.faults, {}, 'no row is left out');
      if (told.first !== undefined) {
        const { tracker, eventTime, lat, lng, ...extras } = told.first;
        const [first] = await readTrace(trace)
          [Symbol.asyncIterator]()
          .next()
          .then(({ value }) => [value as unknown]);
        const position = { lngE7: Math.round(lng * 1e7), latE7: Math.round(lat * 1e7) };
        t.match(first, { tracker, fix: { eventTimeMs: Date.parse(eventTime), position, ...extras } });
      }
      for (const order of ['file', 'event-time'] as const) {
        const { rows, spanMs } = await oddRows(trace, order);
        t.strictSame(rows, told.odd ?? [], `odd dates in ${order} order`);
        t.ok(spanMs <= 600_000, `${spanMs} ms of log time in ${order} order`);
      }
      if (told.instead !== undefined) {
        const { fixes, firstFaults } = await surveyTrace(traceBy(path, told.instead.options));
        t.equal(fixes, 0);
        t.match(firstFaults[0], { row: told.instead.row, message: new RegExp(told.instead.message) });
      }
    });
  }
}
