import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { unreachable } from '../model/errors.js';
import type { Metrics } from '../model/ports.js';
import { METRICS, type MetricDeclaration } from './metric-table.js';

export interface MetricsOptions {
  /** An undeclared name, or labels that are not the declared ones, throw; otherwise they are counted and dropped. */
  readonly strict: boolean;
  /** Adds the process's own figures (memory, event loop, garbage collection). */
  readonly processMetrics?: boolean;
  readonly table?: Readonly<Record<string, MetricDeclaration>>;
}

export interface MetricsRegistry extends Metrics {
  /** Everything in Prometheus's text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

type Labels = Readonly<Record<string, string>>;
type Instrument =
  | { readonly type: 'counter'; readonly of: Counter; readonly labels: readonly string[] }
  | { readonly type: 'gauge'; readonly of: Gauge; readonly labels: readonly string[] }
  | { readonly type: 'histogram'; readonly of: Histogram; readonly labels: readonly string[] };

const NO_LABELS: Labels = {};

/** The metrics port over prom-client, with a registry of its own: two of them in one process do not meet. */
export function createMetrics({ strict, processMetrics = false, table = METRICS }: MetricsOptions): MetricsRegistry {
  const registry = new Registry();
  const instruments = new Map(
    Object.entries(table).map(([name, declared]) => [name, declare(registry, name, declared)]),
  );
  const misused = new Counter({
    name: 'beatwatch_metrics_misused_total',
    help: 'Measurements dropped because their name, type or labels are not declared: a bug.',
    registers: [registry],
  });
  if (processMetrics) collectDefaultMetrics({ register: registry });

  function find<Type extends Instrument['type']>(name: string, type: Type, labels: Labels) {
    const instrument = instruments.get(name);
    const fault = instrument === undefined ? 'is not declared' : misuse(instrument, type, labels);
    if (fault === null) return instrument as Extract<Instrument, { type: Type }>;
    if (strict) throw new Error(`bug: metric ${name} ${fault}`);
    misused.inc();
    return null;
  }

  // A gauge without labels would say 0 before anybody has measured anything.
  for (const { type, of, labels } of instruments.values()) if (type === 'gauge' && labels.length === 0) of.remove();

  return {
    count: (name, value = 1, labels = NO_LABELS) => find(name, 'counter', labels)?.of.inc(labels, value),
    gauge: (name, value, labels = NO_LABELS) => find(name, 'gauge', labels)?.of.set(labels, value),
    observe: (name, value, labels = NO_LABELS) => find(name, 'histogram', labels)?.of.observe(labels, value),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function misuse(instrument: Instrument, type: Instrument['type'], labels: Labels): string | null {
  if (instrument.type !== type) return `is a ${instrument.type}, used as a ${type}`;
  const got = Object.keys(labels);
  const same = got.length === instrument.labels.length && instrument.labels.every((label) => label in labels);
  return same ? null : `got labels [${got.join(', ')}], expected [${instrument.labels.join(', ')}]`;
}

function declare(registry: Registry, name: string, declared: MetricDeclaration): Instrument {
  const { type, help, labels } = declared;
  const common = { name, help, labelNames: [...labels], registers: [registry] };
  switch (type) {
    case 'counter':
      return { type, labels, of: new Counter(common) };
    case 'gauge':
      return { type, labels, of: new Gauge(common) };
    case 'histogram':
      return {
        type,
        labels,
        of: new Histogram(declared.buckets === undefined ? common : { ...common, buckets: [...declared.buckets] }),
      };
    default:
      return unreachable(type);
  }
}
