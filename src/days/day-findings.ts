import type { AlertEpisode, AlertVersion } from '../model/alert.js';
import { parseAlertId } from '../model/alert-id.js';
import type { DayAlert, DayVisit } from '../model/day-record.js';
import type { ActionEntry } from '../model/log-entry.js';
import type { VisitVersion } from '../model/visit.js';

interface KnownAlert {
  version: AlertVersion;
  /** All that its versions carried, by start. */
  episodes: Map<number, AlertEpisode>;
}

/** The alerts and visits that a fold of a day tells, each in its last version. */
export class DayFindings {
  readonly #alerts = new Map<string, KnownAlert>();
  readonly #visits = new Map<string, VisitVersion>();

  take(alerts: readonly AlertVersion[], visits: readonly VisitVersion[]): void {
    for (const version of alerts) this.#takeAlert(version);
    for (const version of visits) {
      if (version.state === 'retracted') this.#visits.delete(version.visitId);
      else this.#visits.set(version.visitId, version);
    }
  }

  #takeAlert(version: AlertVersion): void {
    if (version.change === 'refused') return;
    if (version.condition === 'retracted') {
      this.#alerts.delete(version.alertId);
      return;
    }
    const known = this.#alerts.get(version.alertId) ?? { version, episodes: new Map<number, AlertEpisode>() };
    const firstMs = version.episodes[0]?.fromMs ?? Number.POSITIVE_INFINITY;
    // A version carries the last episodes only; what it no longer lists among them was none.
    for (const fromMs of known.episodes.keys()) if (fromMs >= firstMs) known.episodes.delete(fromMs);
    for (const episode of version.episodes) known.episodes.set(episode.fromMs, episode);
    this.#alerts.set(version.alertId, { version, episodes: known.episodes });
  }

  /** A person's word that ends a call for help, about the call as this fold knows it; null for any other action. */
  toSettledCall(entry: ActionEntry): ActionEntry | null {
    const live = entry.action === 'resolve' ? parseAlertId(entry.alertId) : null;
    if (live === null || live.subject.kind !== 'unit') return null;
    const { unit } = live.subject;
    for (const { version } of this.#alerts.values()) {
      if (version.rule !== live.rule || version.unit !== unit || version.condition !== 'active') continue;
      return { ...entry, alertId: version.alertId, alertVersion: version.version };
    }
    return null;
  }

  /** Visits and crosses that touch `[fromMs, toMs)`, by (inner from, unit, place, kind). */
  visitsOf(fromMs: number, toMs: number): DayVisit[] {
    return [...this.#visits.values()]
      .filter((visit) => visit.innerFromMs < toMs && (visit.innerToMs === null || visit.innerToMs >= fromMs))
      .map(dayVisit)
      .sort((a, b) => a.innerFromMs - b.innerFromMs || byText(visitKey(a), visitKey(b)));
  }

  /** Alerts that touch `[fromMs, toMs)`, by (from, rule, subject, rule id). */
  alertsOf(fromMs: number, toMs: number): DayAlert[] {
    return [...this.#alerts.values()]
      .filter(({ version }) => version.fromMs < toMs && (version.toMs === null || version.toMs >= fromMs))
      .map(({ version, episodes }) => dayAlert(version, [...episodes.values()]))
      .sort((a, b) => a.fromMs - b.fromMs || byText(alertKey(a), alertKey(b)));
  }
}

function dayVisit(version: VisitVersion): DayVisit {
  const { kind, unit, place, innerFromMs, innerToMs, outerFromMs, outerToMs, fromHole, toHole } = version;
  return { kind, unit, place, innerFromMs, innerToMs, outerFromMs, outerToMs, fromHole, toHole };
}

function dayAlert(version: AlertVersion, episodes: readonly AlertEpisode[]): DayAlert {
  const { rule, ruleId, subject, place, unit, severity, certainty, suppressedBy, fromMs, toMs, evidence } = version;
  return {
    rule,
    ruleId,
    subject,
    place,
    unit,
    severity,
    condition: version.condition === 'active' ? 'active' : 'cleared',
    certainty,
    suppressedBy: suppressedBy === null ? null : (parseAlertId(suppressedBy)?.rule ?? suppressedBy),
    fromMs,
    toMs,
    episodes: episodes.toSorted((a, b) => a.fromMs - b.fromMs),
    evidence,
  };
}

function visitKey({ unit, place, kind }: DayVisit): string {
  return `${unit} ${place} ${kind}`;
}

function alertKey({ rule, subject, ruleId }: DayAlert): string {
  return `${rule} ${subject.kind} ${subject.id} ${ruleId}`;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
