import type { ActionRefusal, AlertEvidence, AlertVersion } from '../../model/alert.js';
import { type AlertBook, formatAlertBook } from '../../model/fold-keys.js';
import { MAX_SHELVE_MS, REOPEN_MS } from '../../model/limits.js';
import type { ActionEntry } from '../../model/log-entry.js';
import { formatLogId } from '../../model/log-id.js';
import { earlier } from '../agenda/instants.js';
import { finalAfterMs } from '../plan/plans.js';
import { episodesToTell, type Occasion } from './episodes.js';
import type { AlertScope, StandingAlert } from './slice.js';
import { type Refusal, stateOf, transitionsOf } from './states.js';
import { type AlertTopic, bookOfVersion } from './topics.js';
import { move, nextTransition, note, withNames } from './versions.js';

/** Actions of one alert that are remembered; a repeat of an older one is refused as stale by its version. */
const REMEMBERED_ACTIONS = 32;

/**
 * What time alone does to the alerts of one topic: a shelf runs out, and a while after the raise no fix can take it back any
 * more. Answers the new versions.
 */
export function keepUp(state: AlertScope, book: AlertBook, occasion: Occasion): AlertVersion[] {
  const out: AlertVersion[] = [];
  for (const alert of state.alerts.get(formatAlertBook(book)) ?? []) {
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
export function nextUpkeepMs(state: AlertScope, book: AlertBook): number | null {
  let nextMs: number | null = null;
  for (const alert of state.alerts.get(formatAlertBook(book)) ?? []) {
    nextMs = earlier(nextMs, alert.version.shelvedUntilMs);
    nextMs = earlier(nextMs, confirmsAtMs(state, alert));
  }
  return nextMs;
}

/** When the alerts of a topic must be judged again though nothing comes: a chattering one has been calm for long enough. */
export function releasesAtMs(state: AlertScope, { key }: AlertTopic): number | null {
  let nextMs: number | null = null;
  for (const { version, episodes } of state.alerts.get(key) ?? []) {
    const lastMs = episodes.at(-1)?.toMs ?? null;
    if (version.chattering && version.condition === 'active' && lastMs !== null)
      nextMs = earlier(nextMs, lastMs + REOPEN_MS);
  }
  return nextMs;
}

/** When nothing that comes in time can show any more that what an alert says of the past was wrong. */
function confirmsAtMs(state: AlertScope, { version, judgedAtMs }: StandingAlert): number | null {
  if (version.finality !== 'provisional' || version.condition === 'retracted') return null;
  return judgedAtMs + finalAfterMs(state, version.certainty !== 'certain');
}

/**
 * O1: acts on the version that the person saw; stale or impossible is a visible refusal; a repeat of the action itself is
 * nothing. Answers the new version and the book that it belongs to.
 */
export function applyAction(
  state: AlertScope,
  action: ActionEntry,
): { readonly book: AlertBook; readonly versions: AlertVersion[] } | null {
  const alert = findAlert(state, action.alertId);
  if (alert === null || alert.actionIds.includes(action.actionId)) return null;
  const book = bookOfVersion(alert.version);
  alert.actionIds.push(action.actionId);
  if (alert.actionIds.length > REMEMBERED_ACTIONS) alert.actionIds.shift();
  const occasion: Occasion = { nowMs: state.nowMs, cause: 'operator', logId: formatLogId(state.lastId) };
  const { action: _action, actor: _actor, comment: _comment, reason: _reason, ...facts } = alert.version.evidence;
  const evidence: AlertEvidence = {
    ...facts,
    actionId: action.actionId,
    action: action.action,
    actor: action.actor,
    ...(action.comment === null ? {} : { comment: action.comment }),
  };
  const reason = refusalOf(state, alert, action);
  if (reason !== null) return { book, versions: [refuse(state, alert, evidence, reason, occasion)] };
  const shelf = action.action === 'shelve' ? { shelvedUntilMs: action.untilMs } : {};
  const end = action.action === 'resolve' ? endNow(state, alert) : {};
  return { book, versions: [move(state, alert, action.action, { evidence, ...shelf, ...end }, occasion)] };
}

/** A call for help is over from here on: what its fixes say again is another. */
function endNow(state: AlertScope, alert: StandingAlert): Pick<AlertVersion, 'toMs' | 'episodes'> {
  const toMs = Math.max(alert.version.fromMs, state.nowMs);
  alert.episodes = alert.episodes.map((episode) => ({ ...episode, toMs }));
  return { toMs, episodes: episodesToTell(alert.episodes) };
}

const REFUSALS: Readonly<Record<Refusal, ActionRefusal>> = {
  'refused-acknowledged': 'already-acknowledged',
  'refused-cleared': 'cleared',
  'refused-retracted': 'retracted',
  'refused-not-shelvable': 'not-shelvable',
  'refused-ends-by-itself': 'ends-by-itself',
};

function refusalOf(
  state: AlertScope,
  { version }: StandingAlert,
  { action, alertVersion, comment, untilMs }: ActionEntry,
): ActionRefusal | null {
  if (alertVersion !== version.version) return 'stale-version';
  const next = transitionsOf(version.rule)[stateOf(version)][action];
  if (next in REFUSALS) return REFUSALS[next as Refusal];
  if (action === 'comment' && comment === null) return 'no-comment';
  if (action === 'unshelve' && version.shelvedUntilMs === null) return 'not-shelved';
  if ((action === 'shelve' || action === 'resolve') && comment === null) return 'no-reason';
  if (action !== 'shelve') return null;
  const lastsMs = (untilMs ?? 0) - state.nowMs;
  return lastsMs > 0 && lastsMs <= MAX_SHELVE_MS ? null : 'shelf-out-of-range';
}

/** A refusal is seen by all but changes nothing: the version stays, so that the next action on it still holds. */
function refuse(
  state: AlertScope,
  alert: StandingAlert,
  evidence: AlertEvidence,
  reason: ActionRefusal,
  occasion: Occasion,
): AlertVersion {
  const refused = withNames(state, {
    ...alert.version,
    transition: nextTransition(state),
    change: 'refused',
    cause: 'operator',
    atMs: occasion.nowMs,
    logId: occasion.logId,
    evidence: { ...evidence, reason },
    previous: alert.version.transition,
  });
  alert.version = { ...alert.version, transition: refused.transition };
  note(state, alert.version);
  return refused;
}

function findAlert(state: AlertScope, alertId: string): StandingAlert | null {
  for (const book of state.alerts.values()) {
    const alert = book.find(({ version }) => version.alertId === alertId);
    if (alert !== undefined) return alert;
  }
  return null;
}
