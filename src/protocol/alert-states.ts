import type { AlertCondition, AlertVersion } from '../model/alert.js';
import type { WordedAlert } from './words/worded-alert.js';

/** ISA-18.2's states: what became of the condition and what people, or the design, did about it. */
export const ALERT_STATES = {
  'unack-active': 'is active, and nobody has acknowledged it',
  'ack-active': 'is active, and somebody has acknowledged it',
  shelved: 'is active, and a person has shelved it until shelvedUntilMs; acknowledged or not',
  suppressed: 'needs no action while suppressedBy says why; it is active, or over and not acknowledged',
  'unack-cleared': 'is over, and nobody has acknowledged it',
  cleared: 'is over, and somebody has acknowledged it',
  retracted: 'was wrong',
} as const;
export type AlertState = keyof typeof ALERT_STATES;
export const ALERT_STATE_NAMES = Object.keys(ALERT_STATES) as readonly AlertState[];

/** Why nobody is asked to act; suppressed goes first, because it holds whatever a person does. */
type Aside = 'suppressed' | 'shelved' | 'not';
type Seen = 'acknowledged' | 'unseen';

/** Total. The engine shelves only what is active. */
const STATES: Readonly<Record<AlertCondition, Readonly<Record<Seen, Readonly<Record<Aside, AlertState>>>>>> = {
  active: {
    acknowledged: { suppressed: 'suppressed', shelved: 'shelved', not: 'ack-active' },
    unseen: { suppressed: 'suppressed', shelved: 'shelved', not: 'unack-active' },
  },
  cleared: {
    acknowledged: { suppressed: 'cleared', shelved: 'cleared', not: 'cleared' },
    unseen: { suppressed: 'suppressed', shelved: 'unack-cleared', not: 'unack-cleared' },
  },
  retracted: {
    acknowledged: { suppressed: 'retracted', shelved: 'retracted', not: 'retracted' },
    unseen: { suppressed: 'retracted', shelved: 'retracted', not: 'retracted' },
  },
};

export type StateFacts = Pick<AlertVersion, 'condition' | 'acknowledged' | 'shelvedUntilMs' | 'suppressedBy'>;

export function alertStateOf(alert: StateFacts): AlertState {
  return STATES[alert.condition][alert.acknowledged ? 'acknowledged' : 'unseen'][asideOf(alert)];
}

function asideOf({ suppressedBy, shelvedUntilMs }: StateFacts): Aside {
  if (suppressedBy !== null) return 'suppressed';
  return shelvedUntilMs === null ? 'not' : 'shelved';
}

/** An alert version as answers and the live socket show it. */
export interface AlertAnswer extends WordedAlert {
  readonly state: AlertState;
}
