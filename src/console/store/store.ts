import type { ConsoleEvent } from './events.js';
import { reduce } from './reduce.js';
import { type ConsoleState, INITIAL } from './state.js';

/** Calls back before the next frame is drawn: a browser's `requestAnimationFrame`. */
export type NextFrame = (draw: () => void) => void;

/**
 * The one state of the page. However many events come between two frames, those who draw are told once, and read the state then: a
 * burst of messages costs one drawing.
 */
export class Store {
  #state: ConsoleState;
  #drawsSoon = false;
  readonly #nextFrame: NextFrame;
  readonly #viewers = new Set<(state: ConsoleState) => void>();

  constructor(nextFrame: NextFrame, state: ConsoleState = INITIAL) {
    this.#nextFrame = nextFrame;
    this.#state = state;
  }

  get state(): ConsoleState {
    return this.#state;
  }

  tell(event: ConsoleEvent): void {
    const next = reduce(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    if (this.#drawsSoon) return;
    this.#drawsSoon = true;
    this.#nextFrame(() => {
      this.#drawsSoon = false;
      for (const view of this.#viewers) view(this.#state);
    });
  }

  /** Answers what ends it. */
  watch(view: (state: ConsoleState) => void): () => void {
    this.#viewers.add(view);
    return () => this.#viewers.delete(view);
  }
}
