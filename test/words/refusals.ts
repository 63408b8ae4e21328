import type { ActionRefusal, AlertRule } from '../../src/model/alert.js';

const SEEN = ['stale-version', 'no-comment', 'already-acknowledged'] as const;
const STATE: readonly ActionRefusal[] = [
  ...SEEN,
  'cleared',
  'retracted',
  'not-shelved',
  'no-reason',
  'shelf-out-of-range',
  'ends-by-itself',
];

/** Why actions on alerts of each rule can be refused. */
export const REFUSALS_OF_RULE: Readonly<Record<AlertRule, readonly ActionRefusal[]>> = {
  'zone-gap': STATE,
  'checkpoint-gap': STATE,
  'route-gap': STATE,
  'checkpoint-window': STATE,
  debt: STATE,
  predictable: STATE,
  'route-pass': STATE,
  strength: STATE,
  'duty-strength': STATE,
  bunching: STATE,
  'dwell-long': STATE,
  'off-zone': STATE,
  speeding: STATE,
  'tracker-silence': STATE,
  'tracker-useless': STATE,
  'network-outage': STATE,
  'dwell-short': [...SEEN, 'cleared', 'retracted'],
  lights: [...SEEN, 'cleared', 'retracted'],
  sos: [...SEEN, 'cleared', 'not-shelvable', 'no-reason'],
};
