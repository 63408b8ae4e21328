import { setTimeout as sleepFor } from 'node:timers/promises';

/** Real time, as the simulator's sockets and its wall-clock pace need it. Tests pass their own. */
export interface WallTime {
  nowMs(): number;
  /** Resolves after so many ms; rejects with the signal's reason when it aborts first. */
  sleep(forMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock; sleeping is the only reason why it keeps the process alive. */
export const machineTime: WallTime = {
  nowMs: () => Date.now(),
  sleep: async (forMs, signal) => {
    try {
      await sleepFor(forMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : error;
    }
  },
};
