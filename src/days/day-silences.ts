import type { DaySilence, DaySilenceCause } from '../model/day-record.js';
import { intersect, normalise, pairsOf, subtract } from '../model/intervals.js';
import type { Intervals } from '../model/plan.js';

type Pairs = [number, number][];

/** What is known of one unit's tracker while its words come in the order of time. */
export class TrackerWords {
  #wordMs: number;
  #preciseMs: number;
  #powerCut = false;
  readonly #silent: Pairs = [];
  readonly #powerless: Pairs = [];
  readonly #unseen: Pairs = [];

  /** @param startMs nothing is known of the time before */
  constructor(startMs: number) {
    this.#wordMs = startMs;
    this.#preciseMs = startMs;
  }

  /**
   * @param silentMs how long after its last word the tracker counts as silent
   * @param power null: it does not say
   */
  hear(o: {
    readonly atMs: number;
    readonly silentMs: number;
    readonly isPrecise: boolean;
    readonly power: boolean | null;
  }): void {
    this.#end(o.atMs, o.silentMs, o.isPrecise);
    this.#wordMs = o.atMs;
    if (o.isPrecise) this.#preciseMs = o.atMs;
    if (o.power !== null) this.#powerCut = !o.power;
  }

  /** Nothing more comes up to `atMs`. */
  end(atMs: number, silentMs: number): void {
    this.#end(atMs, silentMs, true);
  }

  #end(atMs: number, silentMs: number, isPrecise: boolean): void {
    if (atMs - this.#wordMs >= silentMs) {
      this.#silent.push([this.#wordMs, atMs]);
      if (this.#powerCut) this.#powerless.push([this.#wordMs, atMs]);
    }
    if (isPrecise && atMs - this.#preciseMs >= silentMs) this.#unseen.push([this.#preciseMs, atMs]);
  }

  /** The silences within its duty, by cause. `network`: when the trackers' network was out for it. */
  silences(o: {
    readonly duty: Intervals;
    readonly outages: Intervals;
    readonly network: Intervals;
  }): readonly DaySilence[] {
    const silent = normalise(this.#silent);
    const causes: readonly (readonly [DaySilenceCause, Intervals])[] = [
      ['server', intersect(silent, o.outages)],
      ['network', intersect(silent, o.network)],
      ['power-cut', normalise(this.#powerless)],
      ['no-report', silent],
      ['no-position', normalise(this.#unseen)],
    ];
    let left: Intervals = o.duty;
    const found: DaySilence[] = [];
    for (const [cause, spans] of causes) {
      const taken = intersect(left, spans);
      for (const [fromMs, toMs] of pairsOf(taken)) found.push({ fromMs, toMs, cause });
      left = subtract(left, taken);
    }
    return found.sort((a, b) => a.fromMs - b.fromMs);
  }
}
