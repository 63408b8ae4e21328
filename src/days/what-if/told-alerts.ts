import type { AlertVersion } from '../../model/alert.js';
import { type Names, SEVERITIES, type Severity } from '../../model/plan.js';
import type { ToldAlert } from '../../model/what-if.js';

interface Told {
  last: AlertVersion;
  severity: Severity;
  readonly askedAtMs: number[];
}

/** Puts the versions that a fold tells into alerts. */
export class ToldAlerts {
  readonly #told = new Map<string, Told>();

  take(versions: readonly AlertVersion[]): void {
    for (const version of versions) {
      const told = this.#told.get(version.alertId);
      const asks = isAsking(version) && (told === undefined || !isAsking(told.last));
      if (told === undefined) {
        this.#told.set(version.alertId, {
          last: version,
          severity: version.severity,
          askedAtMs: asks ? [version.atMs] : [],
        });
        continue;
      }
      if (asks) told.askedAtMs.push(version.atMs);
      if (isAsking(version)) told.severity = worse(told.severity, version.severity);
      told.last = version;
    }
  }

  /** The number of an alert's last version; null: it was not told. */
  versionOf(alertId: string): number | null {
    return this.#told.get(alertId)?.last.version ?? null;
  }

  /** All that asked at least once, by when they first did. */
  get asking(): readonly ToldAlert[] {
    return [...this.#told.values()].filter(({ askedAtMs }) => askedAtMs.length > 0).map(toldAlert);
  }
}

function isAsking({ condition, suppressedBy }: AlertVersion): boolean {
  return condition === 'active' && suppressedBy === null;
}

function worse(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) <= SEVERITIES.indexOf(b) ? a : b;
}

function toldAlert({ last, severity, askedAtMs }: Told): ToldAlert {
  const { alertId, rule, ruleId, subject, fromMs, toMs, certainty, condition } = last;
  return {
    alertId,
    rule,
    ruleId,
    subject: `${subject.kind}:${subject.id}`,
    name: nameOf(last),
    severity,
    certainty,
    askedAtMs,
    fromMs,
    toMs,
    isRetracted: condition === 'retracted',
  };
}

function nameOf({ place, unit, subject, names }: AlertVersion): Names {
  const known = place === null ? undefined : names?.places[place];
  const callsign = unit === null ? undefined : names?.units[unit];
  const parts = [known, callsign === undefined ? undefined : { zh: callsign, en: callsign }].filter(
    (part) => part !== undefined,
  );
  if (parts.length === 0) return { zh: subject.id, en: subject.id };
  return { zh: parts.map(({ zh }) => zh).join('、'), en: parts.map(({ en }) => en).join(', ') };
}
