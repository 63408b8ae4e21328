import { FLUSH_LIMITS } from '../../../src/archive/archiver.js';
import { MEIXIAN_FOLDER } from '../../../src/commands/fixture.js';
import { shapeOf } from '../../../src/model/fix-shape.js';
import { FIX_NUMBERS, FixTable } from '../../../src/codec/fix-table.js';
import { FixesWriter } from '../../../src/codec/fixes-writer.js';
import { compilePlan } from '../../../src/district/compile-plan.js';
import { loadDistrict } from '../../../src/district/load-district.js';
import type { RawEntry } from '../../../src/log/raw-entry.js';
import type { Fix } from '../../../src/model/fix.js';
import { FLUSH_AFTER_MS } from '../../../src/model/limits.js';
import type { TrackerBatch } from '../../../src/model/log-entry.js';
import { createFleet } from '../../../src/simulator/fleet.js';
import { createRandom, hashSeed, type Random } from '../../../src/simulator/random.js';
import type { DueReport } from '../../../src/simulator/report-source.js';
import { at, HOUR, MINUTE } from '../../engine/support.js';

/** A log that is made a stretch at a time, so that a year of it need not be held. */
export interface BenchFleet {
  readonly name: string;
  readonly fromMs: number;
  readonly days: number;
  /** Entries in the order of the log; a stretch has some thousand fixes. */
  stretches(): AsyncGenerator<readonly RawEntry[]>;
}

/** How reports come to lie in entries. */
export type Arrival = 'gathered each 5 s' | 'one by one';

const SEED = 20_261_129;
const FROM_MS = Date.parse('2026-11-24T00:00:00Z');
const SECOND = 1_000;
const DAY = 24 * HOUR;
const INTERVAL_MS = 10 * SECOND;
/** On the way of a report: at least, and up to so much more. */
const DELAY_MS = 40;
const DELAY_SPREAD_MS = 200;
/** An entry of a server that takes 200,000 fixes a second: one append each 4 ms. */
const FLOOD_FIXES = 800;

/** The fleet of `npm start`, for some days: thirty units, 10 s. */
export function meixianFleet(days: number, arrival: Arrival): BenchFleet {
  async function* stretches(): AsyncGenerator<readonly RawEntry[]> {
    const source = await loadDistrict(MEIXIAN_FOLDER);
    const log = new LogWriter(arrival);
    for (let day = 0; day < days; day += 1) {
      const fromMs = FROM_MS + day * DAY;
      const plan = compilePlan(source, {
        version: 1,
        inForceFromMs: fromMs,
        expandFromMs: fromMs - DAY,
        expandDays: 4,
      });
      const fleet = createFleet(plan, { seed: SEED + day, fromMs, spanMs: DAY });
      const stepMs = 5 * SECOND;
      for (let ms = fromMs; ms < fromMs + DAY; ms += stepMs) {
        log.add((await fleet.source.due(ms, ms + stepMs)).reports, ms + stepMs);
        if ((ms - fromMs) % (10 * MINUTE) === 0) yield log.take();
      }
      yield log.take();
    }
    yield log.end(FROM_MS + days * DAY);
  }
  return { name: `Meixian fleet, reports ${arrival}`, fromMs: FROM_MS, days, stretches };
}

/** Units that drive and stand, with receivers that measure each `interval` seconds, at whole ones; their reports come one by one. */
export function drawnFleet(units: number, days: number, interval: number): BenchFleet {
  const intervalMs = interval * SECOND;
  async function* stretches(): AsyncGenerator<readonly RawEntry[]> {
    const walkers = Array.from({ length: units }, (_, i) => new Walker(i));
    const log = new LogWriter('one by one');
    for (let ms = FROM_MS; ms < FROM_MS + days * DAY; ms += intervalMs) {
      log.add(
        walkers.map((walker) => walker.report(ms)),
        ms + intervalMs,
      );
      if (ms % (2 * MINUTE) === 0) yield log.take();
    }
    yield log.end(FROM_MS + days * DAY);
  }
  return { name: `${units} drawn units, ${interval} s`, fromMs: FROM_MS, days, stretches };
}

/** What a server's log is while it takes 200,000 fixes a second: 800 to an entry, of 20,000 units. */
export function flood(fixes: number): BenchFleet {
  async function* stretches(): AsyncGenerator<readonly RawEntry[]> {
    const units = 20_000;
    const walkers = Array.from({ length: units }, (_, i) => new Walker(i));
    let seq = 0;
    for (let from = 0; from < fixes; from += FLOOD_FIXES) {
      const ms = FROM_MS + Math.floor(from / units) * INTERVAL_MS;
      const batches = Array.from({ length: FLOOD_FIXES }, (_, i) =>
        batchOf((walkers[(from + i) % units] as Walker).report(ms), seq),
      );
      seq += 1;
      yield [raw(ms + Math.floor((from % units) / FLOOD_FIXES) * FLUSH_AFTER_MS, seq, batches)];
    }
  }
  return { name: `a log of 200,000 fixes a second, ${FLOOD_FIXES} to an entry`, fromMs: FROM_MS, days: 1, stretches };
}

/** Puts reports into entries as a server does, and ticks where there is nothing for a second. */
class LogWriter {
  readonly #arrival: Arrival;
  readonly #random = createRandom(SEED, 'delay');
  readonly #reports = new Map<string, number>();
  #waiting: { readonly report: DueReport; readonly ms: number }[] = [];
  #entries: RawEntry[] = [];
  #last = { ms: 0, seq: 0 };

  constructor(arrival: Arrival) {
    this.#arrival = arrival;
  }

  /** Reports that are sent before `untilMs`. */
  add(reports: readonly DueReport[], untilMs: number): void {
    if (this.#arrival === 'gathered each 5 s') {
      this.#tick(untilMs);
      this.#append(untilMs, reports);
      return;
    }
    for (const report of reports)
      this.#waiting.push({ report, ms: report.atMs + DELAY_MS + this.#random.integer(0, DELAY_SPREAD_MS) });
    this.#waiting.sort((a, b) => a.ms - b.ms);
    let taken = 0;
    for (let first = this.#waiting[0]; first !== undefined && first.ms < untilMs; first = this.#waiting[taken]) {
      const from = taken;
      while ((this.#waiting[taken]?.ms ?? Infinity) < first.ms + FLUSH_AFTER_MS) taken += 1;
      const group = this.#waiting.slice(from, taken);
      const ms = (group.at(-1) ?? first).ms;
      while (this.#last.ms > 0 && ms - this.#last.ms > SECOND) this.#tick(this.#last.ms + SECOND);
      this.#append(
        ms,
        group.map(({ report }) => report),
      );
    }
    this.#waiting = this.#waiting.slice(taken);
  }

  take(): readonly RawEntry[] {
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }

  /** The rest, and a part's time of the day after, by which the archive knows that the last day is over. */
  end(ms: number): readonly RawEntry[] {
    this.add([], ms + HOUR);
    this.#tick(ms + HOUR);
    this.#tick(ms + HOUR + FLUSH_LIMITS.spanMs);
    return this.take();
  }

  #tick(ms: number): void {
    this.#entries.push({ id: this.#nextId(ms), kind: 'tick', payload: new Uint8Array(0) });
  }

  #append(ms: number, reports: readonly DueReport[]): void {
    if (reports.length === 0) return;
    const batches = reports.map((report) => {
      const ordinal = this.#reports.get(report.tracker) ?? 0;
      this.#reports.set(report.tracker, ordinal + 1);
      return batchOf(report, ordinal);
    });
    const { ms: at, seq } = this.#nextId(ms);
    this.#entries.push(raw(at, seq, batches));
  }

  #nextId(ms: number): RawEntry['id'] {
    this.#last = ms > this.#last.ms ? { ms, seq: 0 } : { ms: this.#last.ms, seq: this.#last.seq + 1 };
    return this.#last;
  }
}

const writer = new FixesWriter();
const table = new FixTable(FLOOD_FIXES);

/** The bytes of `encodeLogEntry`, by the archive's own writer, which is much faster. */
function raw(ms: number, seq: number, batches: readonly TrackerBatch[]): RawEntry {
  table.count = 0;
  for (const { fixes } of batches) for (const fix of fixes) addTo(table, fix);
  const heads = batches.map(({ tracker, reportId, fixes, rejected }) => ({
    tracker,
    reportId: Buffer.from(reportId, 'hex'),
    fixes: fixes.length,
    rejected,
  }));
  const payload = writer.write(heads, table, 0);
  if (payload === null) throw new Error('an entry of the bench is too long');
  return { id: { ms, seq }, kind: 'fixes', payload };
}

function addTo(rows: FixTable, fix: Fix): void {
  rows.reserve(1);
  rows.shape[rows.count] = shapeOf(fix);
  rows.eventTimeMs[rows.count] = fix.eventTimeMs;
  const { position, ...numbers } = fix;
  const values = { ...numbers, lngE7: position?.lngE7, latE7: position?.latE7 };
  for (const [i, { name }] of FIX_NUMBERS.entries()) (rows.numbers[i] as Int32Array)[rows.count] = values[name] ?? 0;
  rows.count += 1;
}

/** A report's id as the tracker client of the simulator makes it. */
function batchOf({ tracker, fixes }: DueReport, ordinal: number): TrackerBatch {
  const id = Buffer.alloc(8);
  id.writeInt32BE(hashSeed(SEED, 'report-id', tracker));
  id.writeUInt32BE(ordinal, 4);
  return { tracker, reportId: id.toString('hex'), fixes, rejected: [] };
}

/** One unit of a drawn fleet: it drives to a stop a few hundred metres away, stands there for some minutes, and drives on. */
class Walker {
  readonly #tracker: string;
  readonly #random: Random;
  readonly #phaseMs: number;
  readonly #home: readonly [number, number];
  #at: readonly [number, number];
  #to: readonly [number, number];
  #standUntilMs = 0;

  constructor(index: number) {
    this.#tracker = `bd-${String(index + 1).padStart(5, '0')}`;
    this.#random = createRandom(SEED, 'walker', index);
    this.#phaseMs = this.#random.integer(0, 9) * SECOND;
    const coordinate = () => this.#random.between(-10_000, 10_000);
    this.#home = [coordinate(), coordinate()];
    this.#at = this.#home;
    this.#to = this.#home;
  }

  report(fromMs: number): DueReport {
    const ms = fromMs + this.#phaseMs;
    const speedMps = this.#move(ms);
    const noise = () => 3 * this.#random.gaussian();
    const position = at(this.#at[0] + noise(), this.#at[1] + noise());
    const [east, north] = [this.#to[0] - this.#at[0], this.#to[1] - this.#at[1]];
    const isDriving = speedMps > 0;
    const fix: Fix = {
      eventTimeMs: ms,
      position,
      altitudeDm: 800 + Math.round(20 * this.#random.gaussian()),
      speedCmps: isDriving ? Math.max(0, Math.round(speedMps * 100 + 30 * this.#random.gaussian())) : 0,
      courseCdeg: isDriving ? Math.floor(((Math.atan2(east, north) / Math.PI + 2) % 2) * 17_999) : null,
      located: true,
      satellites: 14 + Math.round(2 * this.#random.gaussian()),
      beidouSatellites: 7 + Math.round(this.#random.gaussian()),
      hdopCenti: Math.max(50, 90 + Math.round(10 * this.#random.gaussian())),
      accuracyDm: null,
      power: true,
      batteryPercent: null,
      ignition: isDriving,
      lightbar: null,
      sos: null,
      backfill: null,
    };
    return { tracker: this.#tracker, atMs: ms + SECOND / 2, fixes: [fix] };
  }

  /** Answers its speed, m/s. */
  #move(ms: number): number {
    if (ms < this.#standUntilMs) return 0;
    const [east, north] = [this.#to[0] - this.#at[0], this.#to[1] - this.#at[1]];
    const wayM = Math.hypot(east, north);
    const stepM = 100 + 10 * this.#random.gaussian();
    if (wayM <= stepM) {
      this.#at = this.#to;
      this.#to = [this.#home[0] + 2_000 * this.#random.gaussian(), this.#home[1] + 2_000 * this.#random.gaussian()];
      this.#standUntilMs = ms + this.#random.integer(0, HOUR / 2);
      return 0;
    }
    this.#at = [this.#at[0] + (east / wayM) * stepM, this.#at[1] + (north / wayM) * stepM];
    return stepM / 10;
  }
}
