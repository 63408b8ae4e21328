import type { LinkMachine } from '../socket/live-link.js';
import type { Store } from './store.js';

/** What only a map needs waits for the board, but no longer than this: a map without the live link shows something, too. */
export const BOARD_FIRST_MS = 2_000;

/**
 * Resolves once the board can be drawn with what the server has, or nobody knows when that will be: a map keeps the page busy for long while
 * it is made, and a board that waits for it is late.
 */
export async function boardFirst(
  store: Store,
  machine: Pick<LinkMachine, 'pause'>,
  signal: AbortSignal,
): Promise<void> {
  const heard = new AbortController();
  const end = store.watch(({ lastTransition, link }) => {
    if (lastTransition !== null || link.is === 'away') heard.abort();
  });
  await machine.pause(BOARD_FIRST_MS, AbortSignal.any([signal, heard.signal]));
  end();
}
