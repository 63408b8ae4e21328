/** The parts of a machine that pacing needs. */
export interface PaceMachine {
  nowMs(): number;
  /** Calls back after a time; answers what keeps it from doing so. */
  later(call: () => void, afterMs: number): () => void;
}

export interface Paced<Value> {
  /** Calls at once, or, when the last call was less than `everyMs` ago, with the last value that came until then. */
  readonly tell: (value: Value) => void;
  readonly end: () => void;
}

/** Calls with the newest value, at most each `everyMs`. */
export function paced<Value>(call: (value: Value) => void, everyMs: number, machine: PaceMachine): Paced<Value> {
  let lastMs = Number.NEGATIVE_INFINITY;
  let waiting: { newest: Value; readonly cancel: () => void } | null = null;
  const callNow = (value: Value): void => {
    waiting = null;
    lastMs = machine.nowMs();
    call(value);
  };
  return {
    tell: (value) => {
      const inMs = lastMs + everyMs - machine.nowMs();
      if (waiting !== null) waiting.newest = value;
      else if (inMs <= 0) callNow(value);
      else waiting = { newest: value, cancel: machine.later(() => waiting !== null && callNow(waiting.newest), inMs) };
    },
    end: () => waiting?.cancel(),
  };
}
