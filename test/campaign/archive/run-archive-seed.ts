import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { againWhenMoved } from '../../../src/log/again-when-moved.js';
import { ArchiveFolder } from '../../../src/archive/archive-folder.js';
import { joinedHistory } from '../../../src/archive/joined-history.js';
import { archiveKeys } from '../../../src/archive/keys.js';
import { verifyArchive } from '../../../src/archive/verify.js';
import { refuseYoungerLog } from '../../../src/archive/younger-log.js';
import { logTimeOf, type RawEntry } from '../../../src/log/raw-entry.js';
import { BeatwatchError } from '../../../src/model/errors.js';
import { compareLogIds, formatLogId, LOG_START, type LogId } from '../../../src/model/log-id.js';
import { createRandom, type Random } from '../../../src/simulator/random.js';
import { temporaryFolder } from '../../support/redis-server.js';
import type { Violation } from '../check/violation.js';
import { firstOfEach, type Outcome } from '../run-scenario.js';
import { Scope } from '../real/scope.js';
import { type ArchiveDays, type ArchiveRound, drawArchiveDays, EntrySource, faultsIn } from './draw-archive.js';
import type { ChildWork } from './archiver-child.js';
import { ArchiverProcess } from './archiver-process.js';
import { ModelLog } from '../../archive/model-log.js';

/** Failures of an archiver that are no fault of it, by what may cause them. */
const EXCUSED = /^archive-write-failed/;
const DISTRICT = 'example';
const TRIM_MS = 15;
const READ_PAUSE_MS = 20;

interface World {
  readonly days: ArchiveDays;
  readonly log: ModelLog;
  /** Every entry that was acknowledged, and that no lost disk has taken. */
  readonly acknowledged: RawEntry[];
  readonly work: ChildWork;
  readonly random: Random;
  readonly violations: Violation[];
}

/**
 * A seed of the archive: real archivers over a real folder, and a model of the log that is trimmed behind them. They are killed at any instant,
 * two at once, or cannot write; the log is read while that goes on; Redis is restored from an older copy. What is checked: archive and log
 * together are what was acknowledged, each entry once with its bytes, at any time and for every reader (A1-A4).
 */
export async function runArchiveSeed(seed: number, broken: string | null): Promise<Outcome> {
  const scope = new Scope();
  const days = drawArchiveDays(seed);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const folder = await temporaryFolder(scope);
  const privateJwk = privateKey.export({ format: 'jwk' }) as ChildWork['privateJwk'];
  const work: ChildWork = { folder, entriesPerPart: days.entriesPerPart, kid: 'a', privateJwk, broken };
  const random = createRandom(seed, 'archive-run');
  const world: World = { days, log: new ModelLog(), acknowledged: [], work, random, violations: [] };
  const source = new EntrySource(seed);
  try {
    for (const round of days.rounds) {
      for (let i = 0; i < round.entries; i += 1) acknowledge(world, source.next());
      await playRound(world, round);
    }
    await endWell(world);
    const keys = archiveKeys([['a', publicKey.export({ format: 'jwk' })]]);
    const { faults } = await verifyArchive({ folder, keys });
    for (const { file, what, detail } of faults) note(world, `verify: ${file} ${what}: ${detail}`);
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    world.violations.push({ invariant: 'crash', detail });
  } finally {
    await scope.end();
  }
  const sizes = { entries: world.acknowledged.length, alerts: 0, visits: 0 };
  return { seed, violations: firstOfEach(world.violations), ...sizes, reloads: {}, met: faultsIn(days) };
}

function acknowledge({ log, acknowledged }: World, entry: RawEntry): void {
  log.append(entry);
  acknowledged.push(entry);
}

function note({ violations }: World, detail: string): void {
  violations.push({ invariant: 'archive', detail });
}

async function playRound(world: World, round: ArchiveRound): Promise<void> {
  const { log, work } = world;
  const before = log.copy();
  const archivers = round.archivers.map(() => new ArchiverProcess(log, work, round.fileBlocks));
  const over = new AbortController();
  const reading = round.isRead ? readAgainAndAgain(world, round, over.signal) : Promise.resolve();
  // It may fail long before anybody waits for it.
  reading.catch(() => undefined);
  await Promise.all(
    round.archivers.map(async (killedAfterMs, i) => {
      const one = archivers[i] as ArchiverProcess;
      await one.begun;
      if (killedAfterMs === null) one.stop();
      else void sleep(killedAfterMs).then(() => one.kill());
      const failure = await one.ended;
      if (failure !== null && !(round.fileBlocks !== null && EXCUSED.test(failure))) note(world, failure);
    }),
  );
  over.abort();
  await reading;
  log.trim(round.snapshotLag);
  await checkReading(world, 'after a round');
  if (round.restoredWithout > 0) await restore(world, before, round.restoredWithout);
}

/** A copy of Redis from before the round, or without the last entries: a server that starts on it must refuse when more is archived. */
async function restore(world: World, before: ModelLog, without: number): Promise<void> {
  const { log, acknowledged, work } = world;
  const now = log.copy();
  const isOlder = world.random.chance(0.5);
  if (isOlder) log.become(before);
  else log.loseLast(without);
  const archive = await ArchiveFolder.open({ folder: work.folder, district: DISTRICT });
  try {
    refuseYoungerLog(archive, log.last);
  } catch (error) {
    if (!(error instanceof BeatwatchError) || error.code !== 'archive-ahead') throw error;
    // The operator puts the right copy back.
    log.become(now);
    return;
  }
  // It goes on from here: what the disk has lost and no archive has is lost (F1).
  const kept = acknowledged.filter(({ id }) => compareLogIds(id, later(log.last, archive.upTo)) <= 0);
  acknowledged.splice(0, acknowledged.length, ...kept);
}

function later(a: LogId, b: LogId): LogId {
  return compareLogIds(a, b) > 0 ? a : b;
}

/** Everything is archived at last, by one that nobody disturbs; files that nobody names are gone then. */
async function endWell(world: World): Promise<void> {
  const { log, work, acknowledged } = world;
  const last = new ArchiverProcess(log, work, null);
  await last.begun;
  last.stop();
  const failure = await last.ended;
  if (failure !== null) note(world, failure);
  log.trim(0);
  await checkReading(world, 'in the end');
  const archive = await ArchiveFolder.open({ folder: work.folder, district: DISTRICT });
  await archive.clean({ graceMs: 0, nowMs: Date.now() + 1_000 });
  const archived: RawEntry[] = [];
  for await (const entries of archive.read({ after: LOG_START, upTo: { ms: Number.MAX_SAFE_INTEGER, seq: 0 } }))
    archived.push(...entries);
  await archive.close();
  compare(world, 'the archive in the end', archived, acknowledged);
}

async function readAgainAndAgain(world: World, { snapshotLag }: ArchiveRound, over: AbortSignal): Promise<void> {
  const trimming = setInterval(() => world.log.trim(snapshotLag), TRIM_MS);
  try {
    while (!over.aborted) {
      await checkReading(world, 'while it is archived and trimmed');
      await sleep(READ_PAUSE_MS);
    }
  } finally {
    clearInterval(trimming);
  }
}

/** All of it, and a part by its log times, through the one history of archive and log (A2). */
async function checkReading(world: World, when: string): Promise<void> {
  const { acknowledged, random } = world;
  await checkTimes(world, `everything ${when}`, { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER });
  const [a, b] = [random.pick(acknowledged), random.pick(acknowledged)].map(logTimeOf) as [number, number];
  await checkTimes(world, `a part ${when}`, { fromMs: Math.min(a, b), toMs: Math.max(a, b) + 1 });
}

async function checkTimes(
  world: World,
  what: string,
  times: { readonly fromMs: number; readonly toMs: number },
): Promise<void> {
  const { log, work, acknowledged } = world;
  const archive = await ArchiveFolder.open({ folder: work.folder, district: DISTRICT });
  let read: RawEntry[] = [];
  const end = await againWhenMoved(async () => {
    read = [];
    return await joinedHistory(archive, log.history).read({ ...times, visit: (entries) => read.push(...entries) });
  }).finally(() => archive.close());
  const within = acknowledged.filter((entry) => logTimeOf(entry) >= times.fromMs && logTimeOf(entry) < times.toMs);
  if ((end.goneBeforeMs ?? 0) > times.fromMs) note(world, `${what}: it says that entries are gone`);
  compare(world, what, read, within);
}

function compare(world: World, what: string, got: readonly RawEntry[], expected: readonly RawEntry[]): void {
  const [gotTexts, expectedTexts] = [got.map(textOf), expected.map(textOf)];
  const odd = expectedTexts.findIndex((text, i) => gotTexts[i] !== text);
  if (odd < 0 && got.length === expected.length) return;
  const at = odd < 0 ? expected.length : odd;
  const [one, other] = [got[at], expected[at]].map((entry) =>
    entry === undefined ? 'nothing' : formatLogId(entry.id),
  );
  note(
    world,
    `${what}: got ${got.length} entries, expected ${expected.length}; at ${at + 1} got ${one}, expected ${other}`,
  );
}

function textOf({ id, kind, payload, atMs }: RawEntry): string {
  return `${formatLogId(id)} ${kind} ${atMs ?? ''} ${Buffer.from(payload).toString('hex')}`;
}
