import type { TestScope } from '../../support/redis-server.js';

/** What a test framework would tear down, for a run without one: last in, first out. */
export class Scope implements TestScope {
  readonly #ends: (() => unknown)[] = [];

  teardown(end: () => unknown): void {
    this.#ends.unshift(end);
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end();
  }
}
