import type { HotStore } from '../hot/hot-store.js';
import type { AlertVersion } from '../model/alert.js';
import type { CompiledPlan } from '../model/plan.js';
import type { Logger, Metrics } from '../model/ports.js';
import { follow, type FollowStep } from './follow.js';
import type { EscalationCursor, NoticeStore } from './notice-store.js';
import type { Round } from './rounds.js';

/** Versions of alerts that one step follows, and notices that it makes before it is cut. */
const MOST_VERSIONS = 200;
const MOST_NOTICES = 300;
/** Where nobody has followed before: alerts of so long before now are told, older ones are not. */
export const FIRST_LOOK_BACK_MS = 600_000;

export interface FollowerOptions {
  readonly district: string;
  readonly store: Pick<NoticeStore, 'readNow' | 'readCursor' | 'readRounds' | 'follow'>;
  readonly hot: Pick<HotStore, 'readAlerts' | 'readOpenAlerts'>;
  /** Which plan was in force at log times from this one on. */
  readonly plansFrom: (fromMs: number) => Promise<(atMs: number) => CompiledPlan | null>;
  readonly timeZone: () => string | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Follows the alerts of a district and makes the notices of what falls due. Any number of followers may do so at once: each step is
 * written only where the last one stood, so each notice is made once.
 */
export class Follower {
  readonly #o: FollowerOptions;
  #cursor: EscalationCursor | null = null;
  #rounds: Map<string, Round> | null = null;

  constructor(o: FollowerOptions) {
    this.#o = o;
  }

  /** One step. True: there is more at once. */
  async look(): Promise<boolean> {
    const { store } = this.#o;
    const rounds = await this.#load();
    const now = await store.readNow();
    if (now === null) return false;
    const cursor = this.#cursor;
    const step =
      cursor === null
        ? { to: await this.#beginning(now), rounds: new Map(), notices: [], isCut: true }
        : await this.#step(cursor, rounds, now);
    if (step === null) return false;
    const written = await store.follow(cursor, step);
    // Another follower was first: what it wrote is read.
    if (written === null) this.#rounds = null;
    if (written === null) return true;
    this.#cursor = written;
    for (const [id, round] of step.rounds) {
      if (round === null) rounds.delete(id);
      else rounds.set(id, round);
    }
    return step.isCut;
  }

  async #load(): Promise<Map<string, Round>> {
    if (this.#rounds !== null) return this.#rounds;
    // In this order: rounds that are newer than the cursor are found out when the next step is written.
    this.#cursor = await this.#o.store.readCursor();
    this.#rounds = await this.#o.store.readRounds();
    return this.#rounds;
  }

  /** Null: nothing has changed. */
  async #step(
    cursor: EscalationCursor,
    rounds: ReadonlyMap<string, Round>,
    now: { readonly atMs: number; readonly last: number },
  ): Promise<FollowStep | null> {
    const { hot, plansFrom, timeZone } = this.#o;
    const page = await hot.readAlerts({ after: cursor.transition, count: MOST_VERSIONS });
    if (page.kind === 'resync') return await this.#resync(cursor, rounds, now);
    const { versions, last } = page;
    const [first, end] = [versions[0], versions.at(-1)];
    const isAll = (end?.transition ?? cursor.transition) >= last;
    const planAt = first === undefined ? () => null : await plansFrom(Math.min(...versions.map(({ atMs }) => atMs)));
    const untilMs = isAll ? now.atMs : Number.NEGATIVE_INFINITY;
    const step = follow(cursor, rounds, { versions, untilMs, planAt, timeZone: timeZone(), most: MOST_NOTICES });
    const to = { ...step.to, atMs: isAll && !step.isCut ? now.atMs : step.to.atMs };
    if (versions.length === 0 && step.rounds.size === 0 && step.notices.length === 0) return null;
    return { ...step, to, isCut: step.isCut || !isAll };
  }

  /** Versions that nobody followed are not there any more, or never were in this store: what stands now is followed instead. */
  async #resync(
    cursor: EscalationCursor,
    rounds: ReadonlyMap<string, Round>,
    now: { readonly atMs: number; readonly last: number },
  ): Promise<FollowStep> {
    const { district, hot, logger, plansFrom, timeZone } = this.#o;
    const open = (await hot.readOpenAlerts()).filter(({ transition }) => transition <= now.last);
    logger.error(
      { district, after: cursor.transition, last: now.last },
      'versions of alerts are gone before they were followed: who is told goes on with the alerts that are open',
    );
    const standing = new Set(open.map(({ alertId }) => alertId));
    const kept = new Map([...rounds].filter(([id]) => standing.has(id)));
    const planAt = await plansFrom(Math.min(now.atMs, ...open.map(({ atMs }) => atMs)));
    const input = { versions: open, untilMs: now.atMs, planAt, timeZone: timeZone(), most: Number.POSITIVE_INFINITY };
    const step = follow({ transition: now.last, atMs: now.atMs }, kept, input);
    const ended = [...rounds.keys()].filter((id) => !standing.has(id)).map((id) => [id, null] as const);
    return { ...step, to: { transition: now.last, atMs: now.atMs }, rounds: new Map([...ended, ...step.rounds]) };
  }

  /** Where to begin when nobody has followed before: a server that was started a moment ago has told nothing yet. */
  async #beginning(now: { readonly atMs: number; readonly last: number; readonly first: number }) {
    let after = Math.max(0, now.first - 1);
    for (;;) {
      const page = await this.#o.hot.readAlerts({ after, count: 1_000 });
      if (page.kind === 'resync' || page.versions.length === 0) return { transition: after, atMs: now.atMs };
      const isRecent = ({ atMs }: AlertVersion): boolean => atMs >= now.atMs - FIRST_LOOK_BACK_MS;
      const first = page.versions.find(isRecent);
      if (first !== undefined) return { transition: first.transition - 1, atMs: now.atMs };
      after = page.versions.at(-1)?.transition ?? after;
    }
  }
}
