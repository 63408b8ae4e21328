import t from 'tap';
import { ALERT_TRANSITIONS, CALL_TRANSITIONS, EVENT_TRANSITIONS } from '../../src/engine/alerts/states.js';
import type { AlertChange, AlertRule } from '../../src/model/alert.js';
import { ACTION_KINDS } from '../../src/model/log-entry.js';
import { REFUSALS_OF_RULE } from './refusals.js';
import { ALERT_RULES, committedPage, type Said, saidOf, saidOnTheDay, sentencePage } from './sentence-file.js';

type Transitions = typeof ALERT_TRANSITIONS;
const BY_EVENT = {
  clear: 'cleared',
  reopen: 'reopened',
  correct: 'corrected',
  update: 'updated',
  retract: 'retracted',
  confirm: 'confirmed',
  acknowledge: 'acknowledged',
  comment: 'commented',
  shelve: 'shelved',
  unshelve: 'unshelved',
  resolve: 'resolved',
} as const satisfies Record<keyof Transitions['cleared'], AlertChange>;

t.test(
  'test/words/sentences.md is what the code says (UPDATE_SENTENCES=1 node dist/test/words/sentences-main.js)',
  async (t) => {
    t.equal(sentencePage(), committedPage());
  },
);

t.test('each rule is said with every change that its alerts can have', async (t) => {
  for (const rule of ALERT_RULES) {
    const said = new Set(saidOf(rule).map(({ version }) => version.change));
    t.strictSame([...said].sort(), changesOf(rule), rule);
  }
});

t.test('each reason of a refusal is said with each rule that can have it', async (t) => {
  for (const rule of ALERT_RULES) {
    const reasons = new Set(saidOf(rule).flatMap(({ version }) => version.evidence.reason ?? []));
    t.strictSame([...reasons].sort(), [...REFUSALS_OF_RULE[rule]].sort(), rule);
  }
});

t.test('the day has every rule', async (t) => {
  const rules = new Set(saidOnTheDay().map(({ version }) => version.rule));
  t.strictSame([...rules].sort(), [...ALERT_RULES].sort());
});

t.test('no sentence says a thing twice, an id that has a name, or what means nothing', async (t) => {
  for (const { version, sentence } of everything()) {
    const { zh, en } = sentence;
    const name = `${version.rule} ${version.change}: ${zh} ${en}`;
    t.notMatch(zh, /undefined|null|NaN|\[object|上限0|巡线|警力或|：：|，，|。。|；；|（）|（，|，）|““/, name);
    t.notMatch(en, /undefined|null|NaN|\[object|limit 0|\(\)|\(,|, \)| {2}|;;|\.\.|: :|""/, name);
    // A word, or three characters and more, twice in a row.
    t.notMatch(zh, /(\p{Script=Han}{2,})\1/u, name);
    t.notMatch(en, /\b([A-Za-z]{2,}) \1\b/i, name);
    t.notMatch(`${zh}${en}`, /\bm30\d\b|\b(school|hospital|huanan|xincheng)\b(?! )/, name);
    t.notMatch(`${zh}${en}`, /\d{10}/, `${name}: no instant in ms`);
    t.match(zh, /^[^。]+。$/, `${name}: one sentence`);
    // A name is written as it is.
    t.match(version.change === 'refused' ? en.slice(version.evidence.actor?.length) : en, /^\P{Ll}.*\.$/u, name);
  }
});

t.test('who acted is named, and when; advice is given only where somebody is to act', async (t) => {
  for (const { version, sentence } of everything()) {
    const { change, cause, evidence, condition, acknowledged, suppressedBy } = version;
    const name = `${version.rule} ${change}: ${sentence.zh} ${sentence.en}`;
    if (cause === 'operator') {
      t.ok(sentence.zh.includes(evidence.actor ?? '-') && sentence.en.includes(evidence.actor ?? '-'), name);
      t.ok((ACTION_KINDS as readonly string[]).includes(evidence.action ?? ''), name);
    }
    if (condition !== 'active' || acknowledged || suppressedBy !== null) t.notMatch(sentence.zh, /，请/, name);
    if (change === 'cleared') t.notMatch(sentence.zh, /已解除/, name);
  }
});

function everything(): readonly Said[] {
  return [...saidOnTheDay(), ...ALERT_RULES.flatMap(saidOf)];
}

/** What can become of an alert of a rule that is raised and never wrong before it is told. */
function changesOf(rule: AlertRule): string[] {
  const isEvent = rule === 'dwell-short' || rule === 'lights';
  const transitions = rule === 'sos' ? CALL_TRANSITIONS : isEvent ? EVENT_TRANSITIONS : ALERT_TRANSITIONS;
  const changes = new Set<string>(['raised', 'refused']);
  const todo: (keyof Transitions)[] = [isEvent ? 'unack-cleared' : 'unack-active'];
  for (const state of todo) {
    for (const [event, next] of Object.entries(transitions[state])) {
      if (next === 'bug' || next.startsWith('refused-')) continue;
      changes.add(BY_EVENT[event as keyof typeof BY_EVENT]);
      if (!todo.includes(next as keyof Transitions)) todo.push(next as keyof Transitions);
    }
  }
  return [...changes].sort();
}
