/** A day that lacks something is looked at again after this long, log time; then after twice as long each time, up to the longest. */
const FIRST_PAUSE_MS = 300_000;
const LONGEST_PAUSE_MS = 86_400_000;

/** Days that cannot be settled because something of them was deleted, and when each is looked at again. */
export class IncompleteDays {
  readonly #days = new Map<string, { readonly pauseMs: number; readonly againAtMs: number }>();

  /** Their dates, oldest first. */
  get dates(): readonly string[] {
    return [...this.#days.keys()].sort();
  }

  isDue(date: string, nowMs: number): boolean {
    return nowMs >= (this.#days.get(date)?.againAtMs ?? 0);
  }

  /** One was looked at, and lacks something. */
  add(date: string, nowMs: number): void {
    const before = this.#days.get(date);
    const pauseMs = before === undefined ? FIRST_PAUSE_MS : Math.min(2 * before.pauseMs, LONGEST_PAUSE_MS);
    this.#days.set(date, { pauseMs, againAtMs: nowMs + pauseMs });
  }

  /** Forgets the others: they are settled, or too old to be. */
  keep(dates: ReadonlySet<string>): void {
    for (const date of this.#days.keys()) if (!dates.has(date)) this.#days.delete(date);
  }
}
