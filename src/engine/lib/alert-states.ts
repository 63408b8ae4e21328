import type { AlertCondition } from '../../model/alert.js';

/** ISA-18.2: condition × acknowledged, the states that an alert can be in. */
export type AlertState = 'unack-active' | 'ack-active' | 'unack-cleared' | 'cleared' | 'retracted';
export type AlertEvent = 'clear' | 'reopen' | 'correct' | 'retract' | 'acknowledge';

/** Where an event leads; `refused-…` leads nowhere and says why; `bug` cannot happen. */
type Next = AlertState | 'refused-acknowledged' | 'refused-retracted' | 'bug';

/** Total: every state answers every event. */
export const ALERT_TRANSITIONS: Readonly<Record<AlertState, Readonly<Record<AlertEvent, Next>>>> = {
  'unack-active': {
    clear: 'unack-cleared',
    reopen: 'bug',
    correct: 'unack-active',
    retract: 'retracted',
    acknowledge: 'ack-active',
  },
  'ack-active': {
    clear: 'cleared',
    reopen: 'bug',
    correct: 'ack-active',
    retract: 'retracted',
    acknowledge: 'refused-acknowledged',
  },
  'unack-cleared': {
    clear: 'bug',
    reopen: 'unack-active',
    correct: 'unack-cleared',
    retract: 'retracted',
    acknowledge: 'cleared',
  },
  cleared: {
    clear: 'bug',
    reopen: 'unack-active',
    correct: 'cleared',
    retract: 'retracted',
    acknowledge: 'refused-acknowledged',
  },
  retracted: {
    clear: 'bug',
    reopen: 'bug',
    correct: 'bug',
    retract: 'bug',
    acknowledge: 'refused-retracted',
  },
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
