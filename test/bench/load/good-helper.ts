import type { ChildProcess } from 'node:child_process';
import { ascending, quantile } from '../figures.js';
import { Helper } from '../processes.js';
import { namesOf, type Site } from '../site.js';
import type { GoodClients, Measure, Measured } from './good-clients.js';

const GOOD_CLIENTS = new URL('./good-clients.js', import.meta.url);

/** Starts clients in a process of their own, on the first units of the site, and resolves when they report. */
export async function startGood(
  site: Site,
  { reporting, callers }: { readonly reporting: number; readonly callers: number },
  children: ChildProcess[],
): Promise<(o: Measure) => Promise<Measured>> {
  const helper = new Helper(GOOD_CLIENTS, children);
  const names = namesOf(reporting + callers);
  await helper.ask({
    url: site.url,
    district: site.district,
    tokens: await Promise.all(names.map(async (name) => [name, await site.token('tracker', name)] as const)),
    reporting,
    supervisor: await site.token('supervisor', 'looks-on'),
  } satisfies GoodClients);
  return (o) => helper.ask<Measured>(o);
}

export interface Figures {
  readonly acks: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly ackMostMs: number;
  readonly alerts: number;
  readonly alertP50Ms: number;
  readonly alertP99Ms: number;
  readonly alertMostMs: number;
  readonly unacked: number;
  readonly unheard: number;
}

export function figuresOf(measured: readonly Measured[]): Figures {
  const acks = ascending(measured.flatMap(({ ackMs }) => ackMs));
  const alerts = ascending(measured.flatMap(({ alertMs }) => alertMs));
  const sum = (of: 'unacked' | 'unheard'): number => measured.reduce((total, part) => total + part[of], 0);
  const at = (sorted: readonly number[], share: number): number => Math.round(quantile(sorted, share) * 10) / 10;
  return {
    acks: acks.length,
    ackP50Ms: at(acks, 0.5),
    ackP99Ms: at(acks, 0.99),
    ackMostMs: at(acks, 1),
    alerts: alerts.length,
    alertP50Ms: at(alerts, 0.5),
    alertP99Ms: at(alerts, 0.99),
    alertMostMs: at(alerts, 1),
    unacked: sum('unacked'),
    unheard: sum('unheard'),
  };
}
