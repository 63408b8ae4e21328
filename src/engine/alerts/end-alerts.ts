import type { AlertVersion } from '../../model/alert.js';
import { parseAlertId } from '../../model/alert-id.js';
import { episodesToTell, type Occasion } from './episodes.js';
import type { AlertScope, StandingAlert } from './slice.js';
import { isOpen } from './states.js';
import { move } from './versions.js';

/**
 * Ends all alerts with what was known at `sinceMs`; calls for help go on. Keeps those that are still on somebody's list. Answers the new
 * versions.
 */
export function endAlerts(state: AlertScope, sinceMs: number, occasion: Occasion): AlertVersion[] {
  const out: AlertVersion[] = [];
  for (const key of [...state.alerts.keys()].sort()) {
    const book = state.alerts.get(key) ?? [];
    for (const alert of book) {
      const version = endAlert(state, alert, sinceMs, occasion);
      if (version !== null) out.push(version);
    }
    const kept = book.filter(({ version }) => isOpen(version));
    if (kept.length === 0) state.alerts.delete(key);
    else
      state.alerts.set(
        key,
        kept.map((alert) => ({ ...alert, judgedAtMs: Math.min(alert.judgedAtMs, occasion.nowMs) })),
      );
  }
  return out;
}

/** The version that ends an alert with what was known at `sinceMs`; null when it had ended, and was told so, by then. */
function endAlert(state: AlertScope, alert: StandingAlert, sinceMs: number, occasion: Occasion): AlertVersion | null {
  const { version } = alert;
  // A call for help ends by a person's word, whatever the log's time was.
  if (version.condition === 'retracted' || version.rule === 'sos') return null;
  const episodes = alert.episodes
    .filter(({ fromMs }) => fromMs <= sinceMs)
    .map((episode) => ({ ...episode, toMs: Math.min(episode.toMs ?? sinceMs, sinceMs) }));
  const last = episodes.at(-1);
  if (last === undefined || raisedAtMs(alert) > sinceMs) return move(state, alert, 'retract', {}, occasion);
  if (version.condition !== 'active' && version.atMs <= sinceMs) return null;
  alert.episodes = episodes;
  const facts = { toMs: last.toMs, episodes: episodesToTell(episodes) };
  return move(state, alert, version.condition === 'active' ? 'clear' : 'correct', facts, occasion);
}

/** Its id names the entry that raised it; in a log that was resumed before, that may be ahead of the time at which it did. */
function raisedAtMs({ version, judgedAtMs }: StandingAlert): number {
  return Math.min(parseAlertId(version.alertId)?.logId.ms ?? judgedAtMs, judgedAtMs);
}
