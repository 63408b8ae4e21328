import type { CallKind, Moment } from '../scenario.js';
import type { Scheduler } from './scheduler.js';

/** Something that can be killed or stand still at any instant: a server, the archive. It is never used again once it is dead. */
export class Process {
  alive = true;
  /** How far its clock is ahead of everybody's. */
  clockOffsetMs = 0;
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #onDeath: (at: CallKind | null) => void;
  #pausedUntilMs = 0;
  #killOn: { readonly on: CallKind; readonly moment: Moment } | null = null;
  #pauseOn: { readonly on: CallKind; readonly lastsMs: number } | null = null;

  constructor(name: string, scheduler: Scheduler, onDeath: (at: CallKind | null) => void = () => {}) {
    this.name = name;
    this.#scheduler = scheduler;
    this.#onDeath = onDeath;
  }

  /** Earliest instant at which it does anything. */
  get awakeMs(): number {
    return Math.max(this.#pausedUntilMs, this.#scheduler.nowMs);
  }

  get isPaused(): boolean {
    return this.#pausedUntilMs > this.#scheduler.nowMs;
  }

  pause(lastsMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#scheduler.nowMs + lastsMs);
  }

  pauseAt(on: CallKind, lastsMs: number): void {
    this.#pauseOn = { on, lastsMs };
  }

  /** It makes a call of this kind: one at which it was to stand still begins that. */
  noteCall(kind: CallKind): void {
    if (this.#pauseOn?.on !== kind) return;
    this.pause(this.#pauseOn.lastsMs);
    this.#pauseOn = null;
  }

  /** At a call, or at once. */
  kill(at: CallKind | null = null): void {
    if (!this.alive) return;
    this.alive = false;
    this.#onDeath(at);
  }

  killAt(on: CallKind, moment: Moment): void {
    this.#killOn = { on, moment };
  }

  /** Whether this call was its last. */
  diesAt(kind: CallKind, moment: Moment): boolean {
    if (this.#killOn?.on !== kind || this.#killOn.moment !== moment) return false;
    this.kill(kind);
    return true;
  }

  /** Calls back in so long if it is alive then, and after its pause if it stands still. */
  after(delayMs: number, run: () => void): void {
    this.#scheduler.after(delayMs, () => {
      if (!this.alive) return;
      if (this.isPaused) this.#scheduler.at(this.#pausedUntilMs, () => this.after(0, run));
      else run();
    });
  }
}

/** What somebody who died would have heard. */
export function never<T>(): Promise<T> {
  return new Promise(() => {});
}
