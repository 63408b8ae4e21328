import type { ActionRefusal, AlertEvidence, AlertVersion } from '../model/alert.js';
import { HORIZON_MS, MAX_SHELVE_MS, REOPEN_MS, SILENT_INTERVALS, VISIT_MERGE_MS } from '../model/limits.js';
import type { ActionEntry } from '../model/log-entry.js';
import { formatLogId } from '../model/log-id.js';
import { ALERT_TRANSITIONS, type Refusal, stateOf } from './lib/alert-states.js';
import { move, nextTransition, note } from './lib/alert-versions.js';
import { earlier, type Occasion } from './lib/episodes.js';
import { currentPlan, rulesAbout } from './lib/plans.js';
import type { EngineState, StandingAlert } from './state.js';

/** Actions of one alert that are remembered; a repeat of an older one is refused as stale by its version. */
const REMEMBERED_ACTIONS = 32;

/**
 * What time alone does to the alerts of one topic: a shelf runs out, and a while after the raise no fix can take it back any
 * more. Answers the new versions.
 */
export function keepUp(state: EngineState, key: string, occasion: Occasion): AlertVersion[] {
  const out: AlertVersion[] = [];
  for (const alert of state.alerts.get(key) ?? []) {
    const { shelvedUntilMs } = alert.version;
    if (shelvedUntilMs !== null && shelvedUntilMs <= occasion.nowMs)
      out.push(move(state, alert, 'unshelve', {}, occasion));
    const confirmsMs = confirmsAtMs(state, alert);
    if (confirmsMs !== null && confirmsMs <= occasion.nowMs)
      out.push(move(state, alert, 'confirm', { finality: 'confirmed' }, occasion));
  }
  return out;
}

/** When `keepUp` next has something to do. */
export function nextUpkeepMs(state: EngineState, key: string): number | null {
  let nextMs: number | null = null;
  for (const alert of state.alerts.get(key) ?? []) {
    nextMs = earlier(nextMs, alert.version.shelvedUntilMs);
    nextMs = earlier(nextMs, confirmsAtMs(state, alert));
  }
  return nextMs;
}

/** When the alerts of a topic must be judged again though nothing comes: a chattering one has been calm for long enough. */
export function releasesAtMs(state: EngineState, key: string): number | null {
  let nextMs: number | null = null;
  for (const { version, episodes } of state.alerts.get(key) ?? []) {
    const lastMs = episodes.at(-1)?.toMs ?? null;
    if (version.chattering && version.condition === 'active' && lastMs !== null)
      nextMs = earlier(nextMs, lastMs + REOPEN_MS);
  }
  return nextMs;
}

/**
 * When nothing can show any more that an alert was wrong. Presence from before the raise may be proven by fixes from after it:
 * by the second one inside, or by the one that makes it long enough to count; each of them may be HORIZON_MS late.
 */
function confirmsAtMs(state: EngineState, { version, raisedAtMs }: StandingAlert): number | null {
  if (version.finality !== 'provisional' || version.condition === 'retracted') return null;
  const about = rulesAbout(state, version.place ?? version.unit ?? '').find(({ rule }) => rule.id === version.ruleId);
  const countsMs = about !== undefined && 'minPresenceMs' in about.rule ? about.rule.minPresenceMs : 0;
  const silentMs = SILENT_INTERVALS * ((about?.plan ?? currentPlan(state))?.slowestIntervalMs ?? 0);
  return raisedAtMs + HORIZON_MS + countsMs + Math.max(VISIT_MERGE_MS, silentMs);
}

/**
 * O1: acts on the version that the person saw; stale or impossible is a visible refusal; a repeat of the action itself is
 * nothing. Answers the new version and the key of the topic that it belongs to.
 */
export function applyAction(
  state: EngineState,
  action: ActionEntry,
): { readonly key: string; readonly versions: AlertVersion[] } | null {
  const found = findAlert(state, action.alertId);
  if (found === null || found.alert.actionIds.includes(action.actionId)) return null;
  const { key, alert } = found;
  alert.actionIds.push(action.actionId);
  if (alert.actionIds.length > REMEMBERED_ACTIONS) alert.actionIds.shift();
  const occasion: Occasion = { nowMs: state.nowMs, cause: 'operator', logId: formatLogId(state.lastId) };
  const { actor: _actor, comment: _comment, reason: _reason, ...facts } = alert.version.evidence;
  const evidence: AlertEvidence = {
    ...facts,
    actionId: action.actionId,
    actor: action.actor,
    ...(action.comment === null ? {} : { comment: action.comment }),
  };
  const reason = refusalOf(state, alert, action);
  if (reason !== null) return { key, versions: [refuse(state, alert, evidence, reason, occasion)] };
  const shelf = action.action === 'shelve' ? { shelvedUntilMs: action.untilMs } : {};
  return { key, versions: [move(state, alert, action.action, { evidence, ...shelf }, occasion)] };
}

const REFUSALS: Readonly<Record<Refusal, ActionRefusal>> = {
  'refused-acknowledged': 'already-acknowledged',
  'refused-cleared': 'cleared',
  'refused-retracted': 'retracted',
};

function refusalOf(
  state: EngineState,
  { version }: StandingAlert,
  { action, alertVersion, comment, untilMs }: ActionEntry,
): ActionRefusal | null {
  if (alertVersion !== version.version) return 'stale-version';
  const next = ALERT_TRANSITIONS[stateOf(version)][action];
  if (next in REFUSALS) return REFUSALS[next as Refusal];
  if (action === 'comment' && comment === null) return 'no-comment';
  if (action === 'unshelve' && version.shelvedUntilMs === null) return 'not-shelved';
  if (action !== 'shelve') return null;
  if (comment === null) return 'no-reason';
  const lastsMs = (untilMs ?? 0) - state.nowMs;
  return lastsMs > 0 && lastsMs <= MAX_SHELVE_MS ? null : 'shelf-out-of-range';
}

/** A refusal is seen by all but changes nothing: the version stays, so that the next action on it still holds. */
function refuse(
  state: EngineState,
  alert: StandingAlert,
  evidence: AlertEvidence,
  reason: ActionRefusal,
  occasion: Occasion,
): AlertVersion {
  const refused: AlertVersion = {
    ...alert.version,
    transition: nextTransition(state),
    change: 'refused',
    cause: 'operator',
    atMs: occasion.nowMs,
    logId: occasion.logId,
    evidence: { ...evidence, reason },
    previous: alert.version.transition,
  };
  alert.version = { ...alert.version, transition: refused.transition };
  note(state, alert.version);
  return refused;
}

function findAlert(
  state: EngineState,
  alertId: string,
): { readonly key: string; readonly alert: StandingAlert } | null {
  for (const [key, book] of state.alerts) {
    const alert = book.find(({ version }) => version.alertId === alertId);
    if (alert !== undefined) return { key, alert };
  }
  return null;
}
