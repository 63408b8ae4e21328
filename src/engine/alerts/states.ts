import type { AlertCondition, AlertRule } from '../../model/alert.js';
import { unreachable } from '../../model/errors.js';

/** ISA-18.2: condition × acknowledged, the states that an alert can be in. */
export type AlertState = 'unack-active' | 'ack-active' | 'unack-cleared' | 'cleared' | 'retracted';
export type AlertEvent =
  | 'clear'
  | 'reopen'
  | 'correct'
  | 'update'
  | 'retract'
  | 'confirm'
  | 'acknowledge'
  | 'comment'
  | 'shelve'
  | 'unshelve'
  | 'resolve';

/** Where an event leads; `refused-…` leads nowhere and says why; `bug` cannot happen. */
export type Refusal =
  | 'refused-acknowledged'
  | 'refused-cleared'
  | 'refused-retracted'
  | 'refused-not-shelvable'
  | 'refused-ends-by-itself';
type Next = AlertState | Refusal | 'bug';

type Transitions = Readonly<Record<AlertState, Readonly<Record<AlertEvent, Next>>>>;

/** What ends an alert: its condition's end, or a person's word. */
export function transitionsOf(rule: AlertRule): Transitions {
  switch (rule) {
    case 'sos':
      return CALL_TRANSITIONS;
    case 'dwell-short':
    case 'lights':
      return EVENT_TRANSITIONS;
    case 'zone-gap':
    case 'checkpoint-gap':
    case 'route-gap':
    case 'checkpoint-window':
    case 'debt':
    case 'predictable':
    case 'route-pass':
    case 'strength':
    case 'duty-strength':
    case 'bunching':
    case 'dwell-long':
    case 'off-zone':
    case 'speeding':
    case 'tracker-silence':
    case 'network-outage':
    case 'tracker-useless':
      return ALERT_TRANSITIONS;
    default:
      return unreachable(rule);
  }
}

/** It never was: only what people say of it goes on. */
const RETRACTED: Transitions[AlertState] = {
  clear: 'bug',
  reopen: 'bug',
  correct: 'bug',
  update: 'bug',
  retract: 'bug',
  confirm: 'bug',
  acknowledge: 'refused-retracted',
  comment: 'retracted',
  shelve: 'refused-retracted',
  unshelve: 'refused-retracted',
  resolve: 'refused-retracted',
};

/** Total: every state answers every event. */
export const ALERT_TRANSITIONS: Transitions = {
  'unack-active': {
    clear: 'unack-cleared',
    reopen: 'bug',
    correct: 'unack-active',
    update: 'unack-active',
    retract: 'retracted',
    confirm: 'unack-active',
    acknowledge: 'ack-active',
    comment: 'unack-active',
    shelve: 'unack-active',
    unshelve: 'unack-active',
    resolve: 'refused-ends-by-itself',
  },
  'ack-active': {
    clear: 'cleared',
    reopen: 'bug',
    correct: 'ack-active',
    update: 'ack-active',
    retract: 'retracted',
    confirm: 'ack-active',
    acknowledge: 'refused-acknowledged',
    comment: 'ack-active',
    shelve: 'ack-active',
    unshelve: 'ack-active',
    resolve: 'refused-ends-by-itself',
  },
  'unack-cleared': {
    clear: 'bug',
    reopen: 'unack-active',
    correct: 'unack-cleared',
    update: 'unack-cleared',
    retract: 'retracted',
    confirm: 'unack-cleared',
    acknowledge: 'cleared',
    comment: 'unack-cleared',
    shelve: 'refused-cleared',
    unshelve: 'refused-cleared',
    resolve: 'refused-cleared',
  },
  cleared: {
    clear: 'bug',
    reopen: 'unack-active',
    correct: 'cleared',
    update: 'cleared',
    retract: 'retracted',
    confirm: 'cleared',
    acknowledge: 'refused-acknowledged',
    comment: 'cleared',
    shelve: 'refused-cleared',
    unshelve: 'refused-cleared',
    resolve: 'refused-cleared',
  },
  retracted: RETRACTED,
};

/** What happened and is over when it is found, like a visit that was too short: it never goes on, and nothing ends it. Total. */
export const EVENT_TRANSITIONS: Transitions = {
  ...ALERT_TRANSITIONS,
  'unack-cleared': { ...ALERT_TRANSITIONS['unack-cleared'], reopen: 'unack-cleared' },
  cleared: { ...ALERT_TRANSITIONS.cleared, reopen: 'unack-cleared' },
};

/** Whether what a rule finds is an event, not a state that goes on. */
export function isEventRule(rule: AlertRule): boolean {
  return transitionsOf(rule) === EVENT_TRANSITIONS;
}

/**
 * A call for help: nobody shelves it, nothing that comes takes it back, and it is over when a person says so; an acknowledgement
 * says only that somebody has seen it. Total.
 */
export const CALL_TRANSITIONS: Transitions = {
  'unack-active': {
    clear: 'bug',
    reopen: 'bug',
    correct: 'unack-active',
    update: 'bug',
    retract: 'bug',
    confirm: 'bug',
    acknowledge: 'ack-active',
    comment: 'unack-active',
    shelve: 'refused-not-shelvable',
    unshelve: 'refused-not-shelvable',
    resolve: 'cleared',
  },
  'ack-active': {
    clear: 'bug',
    // A button that bounces calls again: somebody must look again.
    reopen: 'unack-active',
    correct: 'ack-active',
    update: 'bug',
    retract: 'bug',
    confirm: 'bug',
    acknowledge: 'refused-acknowledged',
    comment: 'ack-active',
    shelve: 'refused-not-shelvable',
    unshelve: 'refused-not-shelvable',
    resolve: 'cleared',
  },
  'unack-cleared': {
    clear: 'bug',
    reopen: 'bug',
    correct: 'bug',
    update: 'bug',
    retract: 'bug',
    confirm: 'bug',
    acknowledge: 'refused-cleared',
    comment: 'unack-cleared',
    shelve: 'refused-cleared',
    unshelve: 'refused-cleared',
    resolve: 'refused-cleared',
  },
  cleared: {
    clear: 'bug',
    reopen: 'bug',
    correct: 'cleared',
    update: 'bug',
    retract: 'bug',
    confirm: 'bug',
    acknowledge: 'refused-acknowledged',
    comment: 'cleared',
    shelve: 'refused-cleared',
    unshelve: 'refused-cleared',
    resolve: 'refused-cleared',
  },
  retracted: RETRACTED,
};

export function stateOf(alert: { readonly condition: AlertCondition; readonly acknowledged: boolean }): AlertState {
  switch (alert.condition) {
    case 'active':
      return alert.acknowledged ? 'ack-active' : 'unack-active';
    case 'cleared':
      return alert.acknowledged ? 'cleared' : 'unack-cleared';
    case 'retracted':
      return 'retracted';
  }
}

export const STATE_PARTS: Readonly<
  Record<AlertState, { readonly condition: AlertCondition; readonly acknowledged: boolean }>
> = {
  'unack-active': { condition: 'active', acknowledged: false },
  'ack-active': { condition: 'active', acknowledged: true },
  'unack-cleared': { condition: 'cleared', acknowledged: false },
  cleared: { condition: 'cleared', acknowledged: true },
  retracted: { condition: 'retracted', acknowledged: false },
};

/** Whether a supervisor still has it on the list: it stands, or nobody has seen it yet. */
export function isOpen(alert: { readonly condition: AlertCondition; readonly acknowledged: boolean }): boolean {
  const state = stateOf(alert);
  return state !== 'cleared' && state !== 'retracted';
}
