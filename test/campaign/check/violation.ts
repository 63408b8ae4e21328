/** A promise that a run broke. */
export interface Violation {
  readonly invariant: Invariant;
  readonly detail: string;
}

/** What is checked of every run. */
export const INVARIANTS = {
  'acknowledged fixes': 'every acknowledged fix is in the log [durable]',
  'at rest': 'in the end an engine has committed the whole log',
  'dense ids': 'alerts and visits are numbered 1, 2, 3 … each once',
  'fold of the log': 'alerts, visits and hot state are what the fold of the log comes to',
  verdicts: 'standing verdicts and visits are those of the undisturbed run [order]',
  finality:
    'what is confirmed is never taken back, and in the end the same verdicts are final as in the undisturbed run (E5)',
  snapshots: 'a snapshot has the bytes of the fold at its place; with the tail it comes to the same bytes',
  ticks: 'more or fewer ticks change nothing (T1)',
  alternation: 'enter and exit alternate per unit and place',
  outages: 'no gap is certain for the time of an outage alone (T3)',
  actions: 'an action has one visible effect, on the version that it names (O1)',
  bounds: 'the state is bounded (S2)',
  subscribers: 'a resuming subscriber sees each transition once and in order',
  archive: 'the archive misses nothing of the log',
  trimming: 'the log keeps what the snapshot and the archive need (S3)',
  cursor: 'the cursor never goes back',
  'log time': 'on a wall clock the log is never far ahead of Redis (T2)',
  resumed: 'log time goes back only where a person resumes a log that ran ahead, and nothing of that time stands (T2)',
  pointer: 'the snapshot pointer never goes back, and is never ahead of the cursor (S1)',
  truth: 'a unit that stays inside has one visit; one that stands beside a place leaves a gap',
  deployments: 'nothing of one deployment is seen in another on the same Redis: no position, and no tracker closed',
  orders: 'what an operation order asks is judged in its time alone, and says so',
  calls: 'a call for help is told at the entry that brings it, and once while it lasts',
  crash: 'nothing throws',
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** The differences of two lists as texts, some of them. */
export function differences(got: readonly string[], expected: readonly string[]): string | null {
  const missing = without(expected, got);
  const extra = without(got, expected);
  if (missing.length === 0 && extra.length === 0) return null;
  const some = (texts: readonly string[]) => texts.slice(0, 3).join('  ');
  return `${missing.length} missing: ${some(missing)}; ${extra.length} too many: ${some(extra)}`;
}

function without(a: readonly string[], b: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of b) counts.set(text, (counts.get(text) ?? 0) + 1);
  return a.filter((text) => {
    const count = counts.get(text) ?? 0;
    counts.set(text, count - 1);
    return count <= 0;
  });
}
