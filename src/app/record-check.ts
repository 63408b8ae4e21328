import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../model/errors.js';
import { compareLogIds, parseLogId } from '../model/log-id.js';
import type {
  LogFacts,
  Loss,
  LossAcceptance,
  LossAccepted,
  LossRecord,
  MissingNumbers,
  RecordFacts,
  StreamFacts,
} from '../model/losses.js';
import type { Logger, Metrics } from '../model/ports.js';

/** What the check reads; `HotStore` does. */
export interface RecordReads {
  readRecordFacts(): Promise<RecordFacts>;
  /** Numbers that lack after this one, among the next so many that stand, and where the look ended; null: the stream's end. */
  findHoles(
    stream: 'alerts' | 'visits',
    after: number,
  ): Promise<{ readonly holes: readonly MissingNumbers[]; readonly next: number | null }>;
}

export interface RecordCheckOptions {
  readonly district: string;
  readonly reads: RecordReads;
  /** Ends of the log that are gone, and that the store itself cannot tell. */
  readonly tail: () => readonly Loss[];
  /** What somebody knows of; `LossAcceptances` is one. */
  readonly acceptances: {
    read(): Promise<readonly LossAcceptance[]>;
    add(acceptance: LossAcceptance): Promise<void>;
  };
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Between two steps of a search for holes, so that Redis serves the others meanwhile. */
const STEP_PAUSE_MS = 20;
/** Holes that are named one by one; what lacks besides is only counted. */
export const MAX_NAMED_HOLES = 100;

/**
 * Looks whether the record is whole: versions of alerts and visits are numbered without a hole up to the cursor, and Redis counts what
 * was ever added to the log. What was taken away from outside shows in those counts, so a look is three numbers a stream; only where
 * they do not fit are the holes looked for, a thousand versions a step.
 */
export class RecordCheck {
  readonly #o: RecordCheckOptions;
  #losses: readonly Loss[] | null = null;
  #acceptances: readonly LossAcceptance[] = [];
  #logEnd: string | null = null;
  #running: Promise<void> | null = null;
  #logged = '';

  constructor(o: RecordCheckOptions) {
    this.#o = o;
  }

  /** What was found last; null: it has not been looked at yet. */
  get losses(): readonly Loss[] | null {
    return this.#losses === null ? null : [...this.#losses, ...this.#o.tail()];
  }

  /** Losses that nobody has accepted. */
  get open(): readonly Loss[] {
    return (this.losses ?? []).filter((loss) => acceptedBy(loss, this.#acceptances) === null);
  }

  /** Rejects when the store cannot be read; what was found before stands then. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Learns what was accepted by way of another process. */
  async refresh(): Promise<void> {
    this.#acceptances = await this.#o.acceptances.read();
  }

  /** All that is gone now. */
  async list(): Promise<readonly LossRecord[]> {
    await this.run();
    return (this.losses ?? []).map((loss) => {
      const by = acceptedBy(loss, this.#acceptances);
      const accepted = by === null ? null : { actor: by.actor, reason: by.reason, atMs: by.atMs };
      return { ...loss, text: lossText(loss), accepted };
    });
  }

  /** Accepts all that is gone now, if `open` of it have not been accepted yet; null: another number has not. */
  async accept(by: LossAccepted, open: number): Promise<readonly LossRecord[] | null> {
    await this.run();
    if (this.open.reduce((sum, { count }) => sum + count, 0) !== open) return null;
    await this.#o.acceptances.add({ ...by, losses: this.losses ?? [], logEnd: this.#logEnd });
    return await this.list();
  }

  async #run(): Promise<void> {
    await this.refresh();
    const facts = await this.#o.reads.readRecordFacts();
    const losses = [...logLosses(facts.log)];
    for (const stream of ['alerts', 'visits'] as const)
      losses.push(...(await this.#streamLosses(stream, facts[stream])));
    this.#losses = losses;
    this.#logEnd = facts.log.lastId;
    const { district, metrics, logger } = this.#o;
    const { open } = this;
    for (const what of ['log', 'alerts', 'visits'] as const) {
      const count = open.reduce((sum, loss) => sum + (loss.what === what ? loss.count : 0), 0);
      metrics.gauge('beatwatch_record_missing', count, { district, what });
    }
    const text = open.map(lossText).join('; ');
    if (text !== '' && text !== this.#logged) logger.error({ open }, `the record is not whole: ${text}`);
    this.#logged = text;
  }

  async #streamLosses(what: 'alerts' | 'visits', facts: StreamFacts): Promise<readonly Loss[]> {
    const last = Math.max(facts.last, facts.written);
    const { trimmedUpTo, lostBefore, holesBefore } = facts;
    const missing = Math.max(0, last - trimmedUpTo - facts.length) + lostBefore;
    if (missing <= 0) return [];
    const holes: MissingNumbers[] = [...holesBefore];
    for (
      let after: number | null = trimmedUpTo;
      after !== null && holes.length < MAX_NAMED_HOLES;
      await sleep(STEP_PAUSE_MS)
    ) {
      const step: Awaited<ReturnType<RecordReads['findHoles']>> = await this.#o.reads.findHoles(what, after);
      holes.push(...step.holes);
      after = step.next;
    }
    if (facts.last < last) holes.push({ from: facts.last + 1, to: last });
    const named = holes.slice(0, MAX_NAMED_HOLES).map(({ from, to }) => ({
      what,
      count: to - from + 1,
      from: String(from),
      to: String(to),
    }));
    const rest = missing - named.reduce((sum, { count }) => sum + count, 0);
    return rest > 0 ? [...named, { what, count: rest, from: null, to: null }] : named;
  }
}

/**
 * Whoever accepted it first. A loss that grew is another one. Each process tells a lost end of the log from what that one had seen of it:
 * an acceptance covers all that were lost before the log was as long again as it is then.
 */
function acceptedBy(loss: Loss, acceptances: readonly LossAcceptance[]): LossAcceptance | null {
  const { what, count, from, to } = loss;
  const covers = ({ losses, logEnd }: LossAcceptance): boolean => {
    const isEnd = what === 'log' && from !== null && to !== null && logEnd !== null;
    if (isEnd && compareLogIds(parseLogId(to), parseLogId(logEnd)) < 0) return true;
    return losses.some((one) => one.what === what && one.count === count && one.from === from && one.to === to);
  };
  return acceptances.find(covers) ?? null;
}

/** Deleted one by one, or trimmed by somebody else: Redis tells the newest of the former. */
export function logLosses({ added, length, trimmed, deletedUpTo }: LogFacts): readonly Loss[] {
  const count = added - length - trimmed;
  return count <= 0 ? [] : [{ what: 'log', count, from: null, to: deletedUpTo }];
}

export function lossText({ what, count, from, to }: Loss): string {
  if (what === 'log' && from !== null) {
    return `the log ended at ${from}, before ${to} that this server had seen: ${count} entries or more are gone`;
  }
  if (what === 'log') {
    const where = to === null ? 'from its beginning' : `the newest of them ${to}`;
    return `${count} entries of the log were deleted, ${where}`;
  }
  if (from === null) return `${count} more versions of ${what} are gone`;
  return from === to ? `version ${from} of ${what} is gone` : `versions ${from} to ${to} of ${what} are gone`;
}

/** Runs the check, and never rejects: that the store is away is said elsewhere. */
export async function runQuietly(check: RecordCheck, logger: Logger): Promise<void> {
  await check.run().catch((error: unknown) => {
    logger.debug({ error: messageOf(error) }, 'the record cannot be checked now');
  });
}
