import { setImmediate as nextRound } from 'node:timers/promises';

/** Sockets that are written to in one round of the event loop at the most. */
export const SINKS_A_ROUND = 25;

/** How long one round writes: a write costs 60 µs, and ten times as much while the machine has much else to do. */
const ROUND_MS = 2;

/**
 * Serves all, a few of them each round of the event loop, and hears sockets in between. Those that come to a set
 * meanwhile are served too, those that leave it are not.
 */
export async function inRounds<Item>(items: Iterable<Item>, serve: (item: Item) => void): Promise<void> {
  let served = 0;
  let beganMs = performance.now();
  for (const item of items) {
    serve(item);
    served += 1;
    if (served < SINKS_A_ROUND && performance.now() - beganMs < ROUND_MS) continue;
    await nextRound();
    served = 0;
    beganMs = performance.now();
  }
}
