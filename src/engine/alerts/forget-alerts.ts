import { MAX_ALERT_EPISODES, REOPEN_MS } from '../../model/limits.js';
import { type Episode, isFinal, joinEpisodes } from './episodes.js';
import type { AlertScope } from './slice.js';
import { isOpen } from './states.js';

/** An alert that nobody acknowledged stays on the list this long after it cleared. */
const UNSEEN_ALERT_MS = 86_400_000;

/** Forgets alerts that are final: of those that stand, all but as many episodes as a version carries. */
export function forgetAlerts(state: AlertScope, cutoffMs: number): void {
  const suppressors = new Set<string | null>();
  for (const book of state.alerts.values()) for (const { version } of book) suppressors.add(version.suppressedBy);
  for (const [key, book] of state.alerts) {
    const kept = book.filter(({ version }) => {
      const endMs = Math.max(version.toMs ?? 0, version.atMs);
      // What comes of the same window later is the same alert.
      if ((version.evidence.window?.closesMs ?? 0) >= cutoffMs) return true;
      if (version.condition === 'active' || endMs >= cutoffMs || suppressors.has(version.alertId)) return true;
      if (version.condition === 'cleared' && version.finality === 'provisional') return true;
      return isOpen(version) && endMs >= state.nowMs - UNSEEN_ALERT_MS;
    });
    for (const alert of kept) alert.episodes = joinFinal(alert.episodes, cutoffMs);
    for (const alert of book) {
      const { version } = alert;
      if (!kept.includes(alert) && isOpen(version)) state.touched.alerts.set(version.alertId, { version, open: false });
    }
    if (kept.length === 0) state.alerts.delete(key);
    else state.alerts.set(key, kept);
  }
}

/**
 * Joins the episodes that no later one can be less than REOPEN_MS behind, for there may be thousands; but as many as a version
 * carries stay as they are, whatever becomes of those after them.
 */
function joinFinal(episodes: readonly Episode[], cutoffMs: number): readonly Episode[] {
  const lastMs = episodes.at(-1)?.fromMs ?? 0;
  const notFinal = episodes.findIndex((episode) => {
    return !isFinal(episode, cutoffMs) || episode.fromMs > lastMs - REOPEN_MS;
  });
  const joined = Math.max(0, notFinal - MAX_ALERT_EPISODES);
  const [first, ...more] = episodes.slice(0, joined);
  return first === undefined || more.length === 0
    ? episodes
    : [joinEpisodes([first, ...more]), ...episodes.slice(joined)];
}
