/** How much may come at once, and then each second (a token bucket). */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** What is left of a burst, and when that was. */
export interface Gate {
  left: number;
  atMs: number;
}

export function fullGate(rate: Rate, nowMs: number): Gate {
  return { left: rate.burst, atMs: nowMs };
}

/** True when the whole burst is there again. */
export function isFull(gate: Gate, rate: Rate, nowMs: number): boolean {
  return gate.left + ((nowMs - gate.atMs) * rate.perSecond) / 1_000 >= rate.burst;
}

/** Takes one if there is one. */
export function pass(gate: Gate, rate: Rate, nowMs: number): boolean {
  gate.left = Math.min(rate.burst, gate.left + ((nowMs - gate.atMs) * rate.perSecond) / 1_000);
  gate.atMs = nowMs;
  if (gate.left < 1) return false;
  gate.left -= 1;
  return true;
}

/** How long until `wanted` are there, ms. */
export function waitMs(gate: Gate, rate: Rate, wanted: number): number {
  return Math.max(0, Math.ceil(((wanted - gate.left) * 1_000) / rate.perSecond));
}
