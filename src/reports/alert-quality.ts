import type { AlertRule, AlertVersion } from '../model/alert.js';
import type { Severity } from '../model/plan.js';
import { ratio } from './presence.js';
import { ascending, quantile } from './quantiles.js';

/** Sources in the list of those that raised the most. */
const TOP_SOURCES = 10;
/** So many alerts within FLOOD_MS are a flood (EEMUA 191). */
const FLOOD_ALERTS = 10;
const FLOOD_MS = 600_000;

/** How good the alerts of a period were. Counts are of alerts, not of versions. */
export interface AlertQuality {
  readonly raised: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  /** Suppressed when it was raised: nobody was asked to act. */
  readonly suppressed: number;
  /** Alerts in an hour that asked somebody to act; null for a period without length. */
  readonly perHour: number | null;
  /** The share of the alerts that asked somebody to act, and came as one of ten or more within ten minutes. */
  readonly floodShare: number | null;
  readonly acknowledged: number;
  /** Median time from the raising to the first acknowledgement of those that were acknowledged, ms; null without any. */
  readonly ackP50Ms: number | null;
  readonly ackP90Ms: number | null;
  readonly retracted: number;
  readonly retractedShare: number | null;
  /** Gaps that were raised, or stand, as unknown. */
  readonly unknown: number;
  readonly unknownShare: number | null;
  readonly chattering: number;
  readonly reopened: number;
  readonly sources: readonly AlertSource[];
}

/** What raised alerts: a rule about a subject. */
export interface AlertSource {
  readonly rule: AlertRule;
  readonly subject: string;
  readonly raised: number;
  readonly retracted: number;
  readonly share: number | null;
}

/** One alert, from its first version in the period to its last. */
interface Told {
  readonly first: AlertVersion;
  readonly last: AlertVersion;
  readonly ackMs: number | null;
  readonly chattering: boolean;
}

/** Alerts that were raised in the period: those whose versions begin with the first. */
export function alertQuality(versions: readonly AlertVersion[], periodMs: number): AlertQuality {
  const told = toldOf(versions);
  const asking = told.filter(({ first }) => first.suppressedBy === null);
  const acks = ascending(told.flatMap(({ ackMs }) => ackMs ?? []));
  const count = (passes: (alert: Told) => boolean): number => told.filter(passes).length;
  const severity = (wanted: Severity): number => count(({ first }) => first.severity === wanted);
  const retracted = count(isRetracted);
  const unknown = count(({ last }) => last.certainty === 'unknown');
  return {
    raised: told.length,
    bySeverity: { high: severity('high'), medium: severity('medium'), low: severity('low') },
    suppressed: told.length - asking.length,
    perHour: periodMs > 0 ? (asking.length * 3_600_000) / periodMs : null,
    floodShare: ratio(inFlood(ascending(asking.map(({ first }) => first.atMs))), asking.length),
    acknowledged: acks.length,
    ackP50Ms: quantile(acks, 0.5),
    ackP90Ms: quantile(acks, 0.9),
    retracted,
    retractedShare: ratio(retracted, told.length),
    unknown,
    unknownShare: ratio(unknown, told.length),
    chattering: count(({ chattering }) => chattering),
    reopened: count(({ last }) => last.occurrence > 1),
    sources: sourcesOf(told),
  };
}

/** When alerts were raised that asked somebody to act, ms, in ascending order. */
export function raisingsOf(versions: readonly AlertVersion[]): number[] {
  return ascending(toldOf(versions).flatMap(({ first }) => (first.suppressedBy === null ? first.atMs : [])));
}

function toldOf(versions: readonly AlertVersion[]): Told[] {
  const byAlert = new Map<string, AlertVersion[]>();
  for (const version of versions) {
    const known = byAlert.get(version.alertId);
    if (known === undefined) byAlert.set(version.alertId, [version]);
    else known.push(version);
  }
  return [...byAlert.values()].flatMap((own) => {
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined || first.version !== 1) return [];
    const ack = own.find(({ change }) => change === 'acknowledged');
    return {
      first,
      last,
      ackMs: ack === undefined ? null : ack.atMs - first.atMs,
      chattering: own.some(({ chattering }) => chattering),
    };
  });
}

function isRetracted({ last }: Told): boolean {
  return last.condition === 'retracted';
}

/** How many of the instants lie among FLOOD_ALERTS within FLOOD_MS. */
function inFlood(atMs: readonly number[]): number {
  const flooded = new Set<number>();
  for (let i = 0; i + FLOOD_ALERTS <= atMs.length; i += 1) {
    const isFlood = (atMs[i + FLOOD_ALERTS - 1] as number) - (atMs[i] as number) <= FLOOD_MS;
    if (isFlood) for (let j = i; j < i + FLOOD_ALERTS; j += 1) flooded.add(j);
  }
  return flooded.size;
}

/** The sources that raised the most alerts, by number, then rule and subject. */
function sourcesOf(told: readonly Told[]): AlertSource[] {
  const bySource = new Map<string, { rule: AlertRule; subject: string; raised: number; retracted: number }>();
  for (const alert of told) {
    const { rule, subject } = alert.first;
    const key = `${rule} ${subject.id}`;
    const known = bySource.get(key) ?? { rule, subject: subject.id, raised: 0, retracted: 0 };
    const more = isRetracted(alert) ? 1 : 0;
    bySource.set(key, { ...known, raised: known.raised + 1, retracted: known.retracted + more });
  }
  return [...bySource]
    .sort(([a, one], [b, other]) => other.raised - one.raised || (a < b ? -1 : 1))
    .slice(0, TOP_SOURCES)
    .map(([, source]) => ({ ...source, share: ratio(source.raised, told.length) }));
}
