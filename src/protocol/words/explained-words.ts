import type { AlertVersion } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';

/** Why nobody need act on an alert: a task, or an outage of the network, which silences trackers and leaves gaps unsure. */
type Explanation = 'task' | 'silenced' | 'unsure';

const WHY: Readonly<Record<Explanation, Names>> = {
  task: { zh: '任务期间', en: 'during a task' },
  silenced: { zh: '系网络故障所致', en: 'because of the network fault' },
  unsure: { zh: '因网络故障无法确认', en: 'not confirmed because of the network fault' },
};

const NO_ACTION: Readonly<Record<Explanation, Names>> = {
  task: { zh: '任务期间，无需处置', en: 'no action needed during the task' },
  silenced: { zh: '系网络故障所致，无需单独处置', en: 'the network fault explains it, no action needed' },
  unsure: {
    zh: '因网络故障无法确认，无需单独处置',
    en: 'it cannot be confirmed because of the network fault, no action needed',
  },
};

/** Why nobody needed to act on an alert that is over, in brackets; nothing where somebody did. */
export function explainedWords(version: AlertVersion): readonly Names[] {
  const explanation = explanationOf(version);
  return explanation === null ? [] : [WHY[explanation]];
}

/** A clause that says that nobody need act on an alert that goes on, and why; nothing where somebody must. */
export function noActionWords(version: AlertVersion): readonly Names[] {
  const explanation = explanationOf(version);
  return explanation === null ? [] : [NO_ACTION[explanation]];
}

function explanationOf({ rule, suppressedBy }: AlertVersion): Explanation | null {
  if (suppressedBy === null) return null;
  if (suppressedBy.startsWith('task:')) return 'task';
  return rule === 'tracker-silence' ? 'silenced' : 'unsure';
}
