/** What the outside gives the inside: time, logs, numbers. Nothing behind these ports reads a clock of its own. */

export type ClockKind = 'wall' | 'virtual';

/** T2: the one source of log time. */
export interface Clock {
  readonly kind: ClockKind;
  /** Milliseconds since the Unix epoch, UTC; never goes back, but where a wall clock takes over a step of the machine's. */
  nowMs(): number;
}

/** A clock that a driver moves: demo, replay and tests. */
export interface VirtualClock extends Clock {
  readonly kind: 'virtual';
  /** Moves the clock; an instant before `nowMs()` is refused with code `clock-backwards`. */
  setMs(nowMs: number): void;
}

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

/** Counters and gauges by name; the adapter owns the registry. Names are `beatwatch_…`, labels are bounded sets. */
export interface Metrics {
  count(name: string, value?: number, labels?: Readonly<Record<string, string>>): void;
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
  observe(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
}
