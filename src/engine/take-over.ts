import type { AlertVersion } from '../model/alert.js';
import type { FoldEntry } from '../model/log-entry.js';
import { formatLogId } from '../model/log-id.js';
import type { VisitVersion } from '../model/visit.js';
import { adoptAlerts } from './lib/adopt-alerts.js';
import { adoptVisits } from './lib/adopt-visits.js';
import type { EngineState } from './state.js';

/**
 * V1: this fold goes on from what an older one has told. What both find keeps its identity and what people did to it; what only
 * the older one found is retracted, what only this one finds is raised; what ended before `settledToMs` stays as it was told.
 * Answers the versions that the older fold left beyond its cursor, and then those that differ; null when nothing changes: parts
 * are missing, or it is a repeat, or another fold's.
 */
export function takeOver(
  state: EngineState,
  entry: FoldEntry,
): { readonly alerts: AlertVersion[]; readonly visits: VisitVersion[] } | null {
  if (entry.foldVersion <= state.toldBy) return null;
  if (entry.foldVersion !== state.foldVersion) {
    state.toldBy = entry.foldVersion;
    return null;
  }
  const others = state.takeover.filter(({ part }) => part !== entry.part);
  state.takeover = [...others, entry].sort((a, b) => a.part - b.part);
  if (state.takeover.length < entry.parts) return null;
  const alerts = state.takeover.flatMap((part) => part.alerts);
  const visits = state.takeover.flatMap((part) => part.visits);
  const { base, lastAlert, lastVisit } = entry;
  Object.assign(state, { takeover: [], toldBy: entry.foldVersion, lastAlert, lastVisit });
  const beyondAlerts = alerts.filter(({ transition }) => transition > base.lastAlert);
  const beyondVisits = visits.filter(({ transition }) => transition > base.lastVisit);
  const occasion = { nowMs: state.nowMs, cause: 'fold', logId: formatLogId(state.lastId) } as const;
  return {
    alerts: [...beyondAlerts, ...adoptAlerts(state, alerts, occasion)],
    visits: [...beyondVisits, ...adoptVisits(state, visits)],
  };
}
