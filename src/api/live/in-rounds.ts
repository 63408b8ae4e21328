import { setImmediate as nextRound } from 'node:timers/promises';

/** Sockets that are written to in one round of the event loop: a write costs some 60 µs. */
export const SINKS_A_ROUND = 25;

/**
 * Serves all, SINKS_A_ROUND of them each round of the event loop, and hears sockets in between. Those that come to a set
 * meanwhile are served too, those that leave it are not.
 */
export async function inRounds<Item>(items: Iterable<Item>, serve: (item: Item) => void): Promise<void> {
  let served = 0;
  for (const item of items) {
    serve(item);
    served += 1;
    if (served % SINKS_A_ROUND === 0) await nextRound();
  }
}
