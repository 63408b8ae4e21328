import type { Metrics } from '../model/ports.js';

/** A measurement of a thread, for the metrics of the process, which the main thread keeps. */
export interface Measurement {
  readonly as: keyof Metrics;
  readonly name: string;
  readonly value: number;
  readonly labels: Labels | undefined;
}

type Labels = Readonly<Record<string, string>>;

/** Gathers the measurements of a thread, to be handed over together. */
export class ThreadMetrics implements Metrics {
  #gathered: Measurement[] = [];

  count(name: string, value = 1, labels?: Labels): void {
    this.#gathered.push({ as: 'count', name, value, labels });
  }

  gauge(name: string, value: number, labels?: Labels): void {
    this.#gathered.push({ as: 'gauge', name, value, labels });
  }

  observe(name: string, value: number, labels?: Labels): void {
    this.#gathered.push({ as: 'observe', name, value, labels });
  }

  /** What was gathered since the last call, in order. */
  take(): readonly Measurement[] {
    const gathered = this.#gathered;
    this.#gathered = [];
    return gathered;
  }
}

/** Measures on the main thread what a thread has handed over. */
export function measureAll(metrics: Metrics, measurements: readonly Measurement[]): void {
  for (const { as, name, value, labels } of measurements) metrics[as](name, value, labels);
}
