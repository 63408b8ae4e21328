import type { AlertVersion } from '../../model/alert.js';
import { alertAnswer } from '../alert-answer.js';
import type { ApiDistrict } from '../deps.js';

/** A transition, and its message as text: the same bytes for every socket. */
export interface FedAlert {
  readonly version: AlertVersion;
  /** UTF-8. */
  readonly text: Buffer;
}

export function fedAlert(version: AlertVersion, district: Pick<ApiDistrict, 'plan'>): FedAlert {
  return { version, text: Buffer.from(JSON.stringify({ type: 'alert', ...alertAnswer(version, district) })) };
}

/** Alerts that are kept once there were so many; at most twice as many are. */
export const RECENT_ALERTS = 256;

/**
 * The last alerts of a district, in the order of their transitions. Sockets that come together each lack the few that were told since
 * their snapshot was made: those are read and put into words once, not by each of them.
 */
export class RecentAlerts {
  #alerts: FedAlert[] = [];
  /** All that the stream has after this transition was added. */
  #after = 0;

  /** Forgets all; what follows this transition will be added. */
  beginAfter(transition: number): void {
    this.#alerts = [];
    this.#after = transition;
  }

  /** What the stream has after the last one that was added. */
  add(alerts: readonly FedAlert[]): void {
    this.#alerts.push(...alerts);
    if (this.#alerts.length <= 2 * RECENT_ALERTS) return;
    const [last] = this.#alerts.splice(0, this.#alerts.length - RECENT_ALERTS).slice(-1);
    this.#after = last?.version.transition ?? this.#after;
  }

  /** What follows this transition; null: some of that may not be here. */
  since(transition: number): readonly FedAlert[] | null {
    if (transition < this.#after) return null;
    const from = this.#alerts.findIndex(({ version }) => version.transition > transition);
    return from < 0 ? [] : this.#alerts.slice(from);
  }
}
