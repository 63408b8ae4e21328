import type { ActionKind, ActionRefusal, AlertChange, AlertVersion } from '../model/alert.js';
import { MAX_SHELVE_MS } from '../model/limits.js';
import type { ActionEntry } from '../model/log-entry.js';
import type { AlertAnswer } from '../protocol/alert-states.js';
import { alertAnswer } from './alert-answer.js';
import { appendAct, type Unjudged, unjudged } from './append-act.js';
import type { ApiDistrict } from './deps.js';
import { type ApiErrorCode, apiError } from './errors.js';
import { isoText } from './instants.js';
import { readState } from './read-state.js';
import { alertUnknown } from './unknown.js';
import { requestInvalid } from './validation.js';

/** The change that an action brings about when the engine takes it. */
const CHANGES: Readonly<Record<ActionKind, AlertChange>> = {
  acknowledge: 'acknowledged',
  comment: 'commented',
  shelve: 'shelved',
  unshelve: 'unshelved',
  resolve: 'resolved',
};

/** The code that tells why the engine refused an action. */
const REFUSALS: Readonly<Record<ActionRefusal, ApiErrorCode>> = {
  'stale-version': 'alert-changed',
  'already-acknowledged': 'alert-acknowledged',
  cleared: 'alert-cleared',
  retracted: 'alert-retracted',
  'not-shelved': 'alert-not-shelved',
  'no-comment': 'comment-missing',
  'no-reason': 'comment-missing',
  'shelf-out-of-range': 'shelf-out-of-range',
  'not-shelvable': 'alert-not-shelvable',
  'ends-by-itself': 'alert-ends-by-itself',
};
/** The codes of a refused action. */
export const REFUSAL_CODES = [...new Set(Object.values(REFUSALS)), 'alert-not-standing', 'action-refused'] as const;

export type ActionOutcome = { readonly alert: AlertAnswer } | Unjudged;

/**
 * Appends the action and answers the version that it brought about, or, where the engine has not come to it, its entry. A
 * repeat of an action answers as the first. Throws with one of REFUSAL_CODES, `alert-unknown`, `action-id-used`,
 * `request-invalid` or `log-unavailable`.
 */
export async function act(district: ApiDistrict, action: ActionEntry): Promise<ActionOutcome> {
  const before = await readState(district, () => district.versions.readAlertVersions(action.alertId));
  if (before.length === 0) throw alertUnknown(district, action.alertId);
  if (outcomeOf(before, action) !== null) return { alert: answerOf(district, before, action) };
  if (action.action === 'shelve') checkShelf(district, action);
  const { logId, passed } = await appendAct(district, action);
  if (!passed) return unjudged(district, logId);
  const after = await readState(district, () => district.versions.readAlertVersions(action.alertId));
  return { alert: answerOf(district, after, action) };
}

/** A slip of the pen is no refusal for all to see. The engine looks again, by the log's time. */
function checkShelf({ clock }: ApiDistrict, { untilMs }: ActionEntry): void {
  const nowMs = clock.nowMs();
  if (untilMs !== null && untilMs > nowMs && untilMs <= nowMs + MAX_SHELVE_MS) return;
  const expected = `an instant after now, ${isoText(nowMs)}, and at most ${MAX_SHELVE_MS / 3_600_000} h ahead, until ${isoText(nowMs + MAX_SHELVE_MS)}`;
  const got = untilMs === null ? null : isoText(untilMs);
  throw requestInvalid([{ path: 'body/until', got, expected }]);
}

/** The version that an action with this id brought about. */
function outcomeOf(versions: readonly AlertVersion[], { actionId }: ActionEntry): AlertVersion | null {
  // Versions that time or a fix brought about may still carry the evidence of the action before them.
  return versions.find(({ cause, evidence }) => cause === 'operator' && evidence.actionId === actionId) ?? null;
}

/** The new version, or the visible refusal as an error of 409. */
function answerOf(district: ApiDistrict, versions: readonly AlertVersion[], action: ActionEntry): AlertAnswer {
  const outcome = outcomeOf(versions, action);
  const { actionId, actor, alertId, alertVersion } = action;
  if (outcome === null) {
    const expected = `an alert that the engine still holds: ${alertId} closed too long ago`;
    const last = versions.at(-1);
    const alert = last === undefined ? null : alertAnswer(last, district);
    throw refusal('alert-not-standing', action, 'not-standing', expected, alert);
  }
  const taken = outcome.change === CHANGES[action.action];
  if (outcome.evidence.actor !== actor || (!taken && outcome.change !== 'refused')) {
    const message = `got action ${actionId} of ${actor}, expected an id that no other action on ${alertId} has`;
    throw apiError('action-id-used', message, { actionId });
  }
  const alert = alertAnswer(outcome, district);
  if (taken) return alert;
  const reason = outcome.evidence.reason ?? 'refused';
  const code = Object.hasOwn(REFUSALS, reason) ? REFUSALS[reason as ActionRefusal] : 'action-refused';
  const expected = `an action that the alert allows: it is ${alert.state} in version ${outcome.version}`;
  throw refusal(code, { ...action, alertVersion }, reason, expected, alert);
}

function refusal(
  code: ApiErrorCode,
  { action, actionId, alertVersion }: ActionEntry,
  reason: string,
  expected: string,
  alert: AlertAnswer | null,
) {
  return apiError(code, `${action}: got version ${alertVersion} (${reason}), expected ${expected}`, {
    reason,
    actionId,
    got: alertVersion,
    expected: alert?.version ?? null,
    alert,
  });
}
