import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition; the limit is for tests that fail, not a measurement. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const lastMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > lastMs) throw new Error(`not within ${withinMs} ms: ${String(condition)}`);
    await sleep(2);
  }
}
