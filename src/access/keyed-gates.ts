import { fullGate, type Gate, pass, type Rate, waitMs } from '../model/rate-gate.js';
import { MAX_REMEMBERED_ASKERS } from './limits.js';

/** One rate, kept for each of many askers. It remembers MAX_REMEMBERED_ASKERS of them, the last ones heard of. */
export class KeyedGates {
  readonly #rate: Rate;
  readonly #monotonicMs: () => number;
  readonly #gates = new Map<string, Gate>();

  constructor(rate: Rate, monotonicMs: () => number) {
    this.#rate = rate;
    this.#monotonicMs = monotonicMs;
  }

  /** Takes one: 0, or how many ms the asker must wait for the next. */
  take(asker: string): number {
    const gate = this.#gateOf(asker);
    return pass(gate, this.#rate, this.#monotonicMs()) ? 0 : this.#waitOf(gate);
  }

  /** Takes `cost` more, on credit for at most a second of the rate. */
  charge(asker: string, cost: number): void {
    const gate = this.#gateOf(asker);
    gate.left = Math.max(-this.#rate.perSecond, gate.left - cost);
  }

  /** What `take` would answer; takes nothing. */
  look(asker: string): number {
    const gate = this.#gates.get(asker);
    if (gate === undefined) return 0;
    const nowMs = this.#monotonicMs();
    const left = gate.left + ((nowMs - gate.atMs) * this.#rate.perSecond) / 1_000;
    return left >= 1 ? 0 : this.#waitOf({ left, atMs: nowMs });
  }

  #waitOf(gate: Gate): number {
    return Math.max(1, waitMs(gate, this.#rate, 1));
  }

  #gateOf(asker: string): Gate {
    const gate = this.#gates.get(asker) ?? fullGate(this.#rate, this.#monotonicMs());
    this.#gates.delete(asker);
    this.#gates.set(asker, gate);
    if (this.#gates.size > MAX_REMEMBERED_ASKERS) {
      const [oldest] = this.#gates.keys();
      if (oldest !== undefined) this.#gates.delete(oldest);
    }
    return gate;
  }
}
