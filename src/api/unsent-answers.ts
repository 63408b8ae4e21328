import type { ServerResponse } from 'node:http';
import { MAX_UNSENT_ANSWER_BYTES } from './limits.js';

/**
 * Answers of all connections that their readers have not taken yet. Above MAX_UNSENT_ANSWER_BYTES together the connections that
 * wait longest are cut.
 */
export class UnsentAnswers {
  readonly #bytes = new Map<ServerResponse, number>();
  readonly #onCut: () => void;
  #total = 0;

  constructor(onCut: () => void) {
    this.#onCut = onCut;
  }

  watch(response: ServerResponse): void {
    response.once('prefinish', () => this.#add(response));
    response.once('close', () => this.#remove(response));
  }

  #add(response: ServerResponse): void {
    const bytes = response.socket?.writableLength ?? 0;
    if (bytes === 0) return;
    this.#bytes.set(response, bytes);
    this.#total += bytes;
    while (this.#total > MAX_UNSENT_ANSWER_BYTES) {
      const [oldest] = this.#bytes.keys();
      if (oldest === undefined) return;
      this.#remove(oldest);
      this.#onCut();
      oldest.socket?.destroy();
    }
  }

  #remove(response: ServerResponse): void {
    this.#total -= this.#bytes.get(response) ?? 0;
    this.#bytes.delete(response);
  }
}
