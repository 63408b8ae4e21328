import type { AlertChange, AlertVersion, Certainty } from '../../model/alert.js';
import { unreachable } from '../../model/errors.js';
import type { Severity } from '../../model/plan.js';
import type { Occasion } from './episodes.js';
import { namesOf } from './names.js';
import type { AlertScope, StandingAlert } from './slice.js';
import { type AlertEvent, isOpen, STATE_PARTS, stateOf, transitionsOf } from './states.js';

/** One more version of an alert, as the state table says; a move that the table does not have is a bug. */
export function move(
  state: AlertScope,
  alert: StandingAlert,
  event: AlertEvent,
  facts: Partial<AlertVersion>,
  occasion: Occasion,
): AlertVersion {
  const before = alert.version;
  const next = transitionsOf(before.rule)[stateOf(before)][event];
  if (!(next in STATE_PARTS)) throw new Error(`bug: alert ${before.alertId} is ${stateOf(before)} and cannot ${event}`);
  const parts = STATE_PARTS[next as keyof typeof STATE_PARTS];
  alert.version = withNames(state, {
    ...before,
    ...facts,
    ...parts,
    // Nobody keeps aside what is over.
    shelvedUntilMs: parts.condition === 'active' ? (facts.shelvedUntilMs ?? shelfOf(before, event)) : null,
    severity: severityOf(alert.ruleSeverity, facts.certainty ?? before.certainty),
    transition: nextTransition(state),
    version: before.version + 1,
    change: changeOf(event),
    cause: causeOf(event, occasion),
    atMs: occasion.nowMs,
    logId: occasion.logId,
    previous: before.transition,
  });
  note(state, alert.version);
  return alert.version;
}

/** The first version of an alert, known to the state. */
export function begin(
  state: AlertScope,
  ruleSeverity: Severity,
  version: Omit<AlertVersion, 'transition' | 'names' | 'severity'>,
): AlertVersion {
  const first = withNames(state, {
    ...version,
    transition: nextTransition(state),
    severity: severityOf(ruleSeverity, version.certainty),
  });
  note(state, first);
  return first;
}

export function nextTransition(state: AlertScope): number {
  state.lastAlert += 1;
  return state.lastAlert;
}

export function note(state: AlertScope, version: AlertVersion): void {
  state.touched.alerts.set(version.alertId, { version, open: isOpen(version) });
}

function shelfOf(before: AlertVersion, event: AlertEvent): number | null {
  return event === 'unshelve' ? null : before.shelvedUntilMs;
}

function changeOf(event: AlertEvent): AlertChange {
  switch (event) {
    case 'clear':
      return 'cleared';
    case 'reopen':
      return 'reopened';
    case 'correct':
      return 'corrected';
    case 'update':
      return 'updated';
    case 'retract':
      return 'retracted';
    case 'confirm':
      return 'confirmed';
    case 'acknowledge':
      return 'acknowledged';
    case 'comment':
      return 'commented';
    case 'shelve':
      return 'shelved';
    case 'unshelve':
      return 'unshelved';
    case 'resolve':
      return 'resolved';
    default:
      return unreachable(event);
  }
}

/** What changes the past came late, whichever way it came. */
function causeOf(event: AlertEvent, occasion: Occasion): AlertVersion['cause'] {
  const rewrites = event === 'correct' || event === 'retract';
  return rewrites && occasion.cause === 'fix' ? 'late-data' : occasion.cause;
}

/** A gap that nobody can prove needs a look, not a siren: one step below. */
function severityOf(severity: Severity, certainty: Certainty): Severity {
  if (certainty !== 'unknown') return severity;
  return severity === 'high' ? 'medium' : 'low';
}

/** The facts of a version with the names of now, without the sentence that an older fold may have made. */
export function withNames(state: AlertScope, { sentence: _told, ...facts }: AlertVersion): AlertVersion {
  return { ...facts, names: namesOf(state, facts) };
}
