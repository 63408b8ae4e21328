import type { CompiledPlan } from '../../model/plan.js';
import type { Texts } from '../i18n/texts.js';
import { ruleText, whyText } from './rule-words.js';
import { rulesNow } from './rules-now.js';

/** The rules that name a place or a unit: which bind now, until when, and why the others do not. */
export function RulesHere({
  plan,
  subject,
  nowMs,
  texts,
}: {
  readonly plan: CompiledPlan;
  readonly subject: string;
  readonly nowMs: number;
  readonly texts: Texts;
}) {
  const rules = rulesNow(plan, subject, nowMs);
  return (
    <section class="rules-here" aria-labelledby="rules-title">
      <h3 id="rules-title">{texts.live.detail.rules}</h3>
      {rules.length === 0 && <p class="none">{texts.live.detail.noRules}</p>}
      <ul>
        {rules.map((one) => (
          <li key={one.rule.id} class={one.binds ? 'binds' : 'rests'}>
            <span class="rule-name">
              <span class="sign" aria-hidden="true">
                {one.binds ? '●' : '○'}
              </span>{' '}
              {texts.live.rules[one.rule.kind]}
            </span>
            <span class="asks">{ruleText(one.rule, texts)}</span>
            <span class="why">{whyText(one, plan, nowMs, texts)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
