import type { AlertCondition, AlertVersion } from '../model/alert.js';

/** ISA-18.2's names for an alert's condition and what people did about it. */
export const ALERT_STATES = ['unack-active', 'ack-active', 'unack-cleared', 'cleared', 'retracted'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

const STATES: Readonly<Record<AlertCondition, { readonly acknowledged: AlertState; readonly unseen: AlertState }>> = {
  active: { acknowledged: 'ack-active', unseen: 'unack-active' },
  cleared: { acknowledged: 'cleared', unseen: 'unack-cleared' },
  retracted: { acknowledged: 'retracted', unseen: 'retracted' },
};

export function alertStateOf({
  condition,
  acknowledged,
}: Pick<AlertVersion, 'condition' | 'acknowledged'>): AlertState {
  return STATES[condition][acknowledged ? 'acknowledged' : 'unseen'];
}

/** An alert version as the API shows it. */
export interface AlertAnswer extends AlertVersion {
  readonly state: AlertState;
}

export function alertAnswer(version: AlertVersion): AlertAnswer {
  return { ...version, state: alertStateOf(version) };
}
