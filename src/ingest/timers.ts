/** Real time, as sockets need it: the log's clock may be virtual, a socket's patience never is. */
export interface Timers {
  /** Milliseconds from some start; never goes back. */
  monotonicMs(): number;
  /** Calls back once after so long; returns how to prevent it. */
  after(delayMs: number, callback: () => void): () => void;
  /** Calls back once when everything that has arrived by now was handed out; returns how to prevent it. */
  soon(callback: () => void): () => void;
}

export const machineTimers: Timers = {
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  soon(callback) {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  },
};
