import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { archiveSigner, type ArchiveSigner } from '../../../src/archive/keys.js';
import { Archiver } from '../../../src/archive/archiver.js';
import type { RawEntry } from '../../../src/log/raw-entry.js';
import type { Logger } from '../../../src/model/ports.js';
import { generateKeyPairSync } from 'node:crypto';
import { Turns } from './turns.js';
import { type Arrival, type BenchFleet, drawnFleet, flood, meixianFleet } from './fleets.js';

/** Which log is archived, and where. */
export interface ArchivingWork {
  readonly folder: string;
  readonly fleet:
    | { readonly kind: 'meixian'; readonly days: number; readonly arrival: Arrival }
    | { readonly kind: 'drawn'; readonly units: number; readonly days: number; readonly interval: number }
    | { readonly kind: 'flood'; readonly fixes: number };
  /** The log ends after so many minutes of the wall clock. */
  readonly minutes?: number;
}

/** What it came to. The making of the log is not in it. */
export interface Archived {
  readonly name: string;
  readonly entries: number;
  readonly fixes: number;
  readonly wallS: number;
  /** Of all threads of the process. */
  readonly cpuS: number;
  /** Longest turn of the archiver's event loop, on a core. */
  readonly archiverTurnMs: number;
  readonly rssBytes: number;
}

export function fleetOf(fleet: ArchivingWork['fleet']): BenchFleet {
  if (fleet.kind === 'meixian') return meixianFleet(fleet.days, fleet.arrival);
  return fleet.kind === 'drawn' ? drawnFleet(fleet.units, fleet.days, fleet.interval) : flood(fleet.fixes);
}

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};

/** A log that is made while it is read; what the making costs is put aside. */
class MadeLog {
  readonly #stretches: AsyncGenerator<readonly RawEntry[]>;
  readonly #onEnd: () => void;
  readonly #endMs: number;
  readonly turns = new Turns();
  #entries: readonly RawEntry[] = [];
  makingWallMs = 0;
  makingCpuMs = 0;
  entries = 0;

  constructor(fleet: BenchFleet, minutes: number, onEnd: () => void) {
    this.#stretches = fleet.stretches();
    this.#onEnd = onEnd;
    this.#endMs = performance.now() + minutes * 60_000;
    this.turns.start();
  }

  async read(count: number): Promise<readonly RawEntry[]> {
    // As a read of Redis does, it lets the event loop go round.
    await setImmediate();
    if (this.#entries.length === 0) await this.#make();
    const part = this.#entries.slice(0, count);
    this.#entries = this.#entries.slice(count);
    this.entries += part.length;
    return part;
  }

  async #make(): Promise<void> {
    this.turns.stop();
    const [cpu, wallMs] = [process.cpuUsage(), performance.now()];
    const { value, done } = await this.#stretches.next();
    const { user, system } = process.cpuUsage(cpu);
    this.makingCpuMs += (user + system) / 1_000;
    this.makingWallMs += performance.now() - wallMs;
    this.turns.start();
    if (done === true || performance.now() > this.#endMs) this.#onEnd();
    else this.#entries = value;
  }
}

async function archive(
  { folder, fleet: which, minutes = Number.POSITIVE_INFINITY }: ArchivingWork,
  signer: ArchiveSigner,
): Promise<Archived> {
  const fleet = fleetOf(which);
  const stop = new AbortController();
  const log = new MadeLog(fleet, minutes, () => stop.abort());
  let fixes = 0;
  const logger: Logger = {
    ...SILENT,
    info: (fields) => {
      if ('fixes' in fields) fixes += Number(fields.fixes);
    },
  };
  const archiver = new Archiver({
    folder,
    district: 'bench',
    signer,
    foldVersion: 1,
    openReader: () => ({ read: ({ count }) => log.read(count) }),
    setArchived: async (upTo) => parentPort?.postMessage({ upTo }),
    nowMs: () => Date.now(),
    logger,
  });
  const [cpu, wallMs] = [process.cpuUsage(), performance.now()];
  await archiver.run(stop.signal);
  log.turns.stop();
  const { user, system } = process.cpuUsage(cpu);
  return {
    name: fleet.name,
    entries: log.entries,
    fixes,
    wallS: (performance.now() - wallMs - log.makingWallMs) / 1_000,
    cpuS: ((user + system) / 1_000 - log.makingCpuMs) / 1_000,
    archiverTurnMs: log.turns.longestMs,
    rssBytes: process.memoryUsage().rss,
  };
}

if (parentPort !== null) {
  const { privateKey } = generateKeyPairSync('ed25519');
  const signer = archiveSigner('bench', privateKey.export({ format: 'jwk' }));
  parentPort.postMessage({ archived: await archive(workerData as ArchivingWork, signer) });
}
