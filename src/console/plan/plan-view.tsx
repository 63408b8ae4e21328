import { useState } from 'preact/hooks';
import type { CompiledPlan } from '../../model/plan.js';
import { CheckDrop } from '../check/check-view.js';
import type { Language, Texts } from '../i18n/texts.js';
import { clockText, dayText } from '../i18n/words.js';
import type { Footprint } from '../map/features.js';
import type { Session } from '../session/session.js';
import { dayAfter, daySpan } from '../time/local-day.js';
import { Calendar } from './calendar-view.js';
import './plan.css';
import { PlanHistory } from './plan-history.js';
import { PlanOrders } from './plan-orders.js';
import { nextOf, useOrders, usePlanRecords } from './plan-records.js';
import { ruleText, whyText } from './rule-words.js';
import { rulesNow, subjectsOf } from './rules-now.js';

interface Props {
  readonly session: Session;
  readonly district: string;
  /** Null: they have not come yet. */
  readonly footprints: readonly Footprint[] | null;
  readonly plan: CompiledPlan | null;
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
  /** The server's time, ms. */
  readonly nowMs: number;
}

/** The plan in force and the one that follows, a day of its calendar, which rules bind a place now and why, the plans before; and a check of other files. */
export function PlanView({ plan, ...props }: Props) {
  return (
    <CheckDrop {...props} inForce={plan}>
      {plan === null ? <p class="none">{props.texts.plan.none}</p> : <PlanInForce {...props} plan={plan} />}
    </CheckDrop>
  );
}

function PlanInForce({ session, district, plan, texts, language, nowMs }: Props & { readonly plan: CompiledPlan }) {
  const { plan: words } = texts;
  const [chosenDay, setDay] = useState<string | null>(null);
  const [place, setPlace] = useState<string | null>(null);
  const records = usePlanRecords(session, district, plan);
  const orders = useOrders(session, district, plan);
  const next = nextOf(records ?? []);
  const { timeZone } = plan;
  const at = (ms: number): string => `${dayText(timeZone, ms)} ${clockText(timeZone, ms, false)}`;
  const today = dayText(timeZone, nowMs);
  const day = chosenDay ?? today;
  const span = daySpan(timeZone, day);
  const chosen = place ?? plan.places[0]?.id ?? null;
  return (
    <>
      <section class="in-force">
        <h2>{words.title(plan.version)}</h2>
        <p>
          {words.since(at(plan.inForceFromMs))} ·{' '}
          {words.holds(plan.places.length, plan.units.length, plan.rules.length)} ·{' '}
          {words.expandedTo(dayText(timeZone, plan.expandedToMs))}
        </p>
        <p class="next-plan">
          {next === null ? words.noNext : words.next(next.version, at(next.inForceFromMs))}
          {next !== null && next.published !== null && ` · ${words.by(next.published.actor, next.published.reason)}`}
        </p>
      </section>
      {orders !== null && <PlanOrders items={orders} plan={plan} texts={texts} language={language} at={at} />}
      <section class="calendar" aria-labelledby="calendar-title">
        <header>
          <h2 id="calendar-title">{words.calendar(day)}</h2>
          <span class="buttons">
            <button type="button" aria-label={words.dayBefore} onClick={() => setDay(dayAfter(day, -1))}>
              ‹
            </button>
            <input
              type="date"
              required
              aria-label={words.day}
              value={day}
              onInput={({ currentTarget: { value } }) => setDay(value === '' ? null : value)}
            />
            <button type="button" aria-label={words.dayAfter} onClick={() => setDay(dayAfter(day, 1))}>
              ›
            </button>
            <button type="button" onClick={() => setDay(null)}>
              {words.today}
            </button>
          </span>
        </header>
        {span !== null && <Calendar plan={plan} span={span} nowMs={nowMs} texts={texts} />}
      </section>
      <section class="place-rules" aria-labelledby="place-rules-title">
        <header>
          <h2 id="place-rules-title">{words.places}</h2>
          <label>
            {words.choose}
            <select value={chosen ?? ''} onChange={({ currentTarget }) => setPlace(currentTarget.value)}>
              {plan.places.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name[language]}
                </option>
              ))}
            </select>
          </label>
        </header>
        {chosen !== null && (
          <table>
            <thead>
              <tr>
                <th scope="col">{words.rule}</th>
                <th scope="col">{words.asksFor}</th>
                <th scope="col">{words.now}</th>
                <th scope="col">{words.appliesTo}</th>
              </tr>
            </thead>
            <tbody>
              {rulesNow(plan, chosen, nowMs).map((one) => (
                <tr key={one.rule.id} class={one.binds ? 'binds' : 'rests'}>
                  <th scope="row">
                    <span aria-hidden="true">{one.binds ? '●' : '○'}</span> {texts.live.rules[one.rule.kind]}
                    <small>{texts.alerts.severity[one.rule.severity]}</small>
                  </th>
                  <td>{ruleText(one.rule, texts)}</td>
                  <td>{whyText(one, plan, nowMs, texts)}</td>
                  <td>{namesOf(plan, subjectsOf(one.rule), language)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {chosen !== null && rulesNow(plan, chosen, nowMs).length === 0 && (
          <p class="none">{texts.live.detail.noRules}</p>
        )}
      </section>
      {records !== null && <PlanHistory items={records} texts={texts} at={at} />}
    </>
  );
}

function namesOf({ places }: CompiledPlan, ids: readonly string[], language: Language): string {
  return ids.map((id) => places.find((place) => place.id === id)?.name[language] ?? id).join(' · ');
}
