import { useState } from 'preact/hooks';
import type { CompiledPlan } from '../../model/plan.js';
import type { Language, Texts } from '../i18n/texts.js';
import { dayText } from '../i18n/words.js';
import type { Question, Subject } from './load.js';
import { daySpan, instantOn } from './local-day.js';

interface Props {
  readonly plan: CompiledPlan;
  /** What the session was opened for; null: nobody has said. */
  readonly purpose: string | null;
  readonly waits: boolean;
  readonly texts: Texts;
  readonly language: Language;
  readonly nowMs: number;
  readonly onAsk: (question: Question) => void;
}

/** Asks whose day it is, which, what time of it, and why. */
export function AskForm({ plan, purpose, waits, texts, language, nowMs, onAsk }: Props) {
  const { ask } = texts.time;
  const [subject, setSubject] = useState('district:');
  const [chosenDay, setDay] = useState<string | null>(null);
  const [time, setTime] = useState('');
  const [why, setWhy] = useState(purpose ?? '');
  const today = dayText(plan.timeZone, nowMs);
  const day = chosenDay ?? today;
  const submit = (event: Event): void => {
    event.preventDefault();
    const span = daySpan(plan.timeZone, day);
    if (span === null) return;
    onAsk({ subject: subjectOf(subject), span, atMs: instantOn(plan.timeZone, day, time), purpose: why.trim() });
  };
  return (
    <form class="ask" onSubmit={submit}>
      <label>
        {ask.subject}
        <select value={subject} onChange={({ currentTarget }) => setSubject(currentTarget.value)}>
          <option value="district:">{ask.district}</option>
          <optgroup label={ask.places}>
            {plan.places.map(({ id, name }) => (
              <option key={id} value={`place:${id}`}>
                {name[language]}
              </option>
            ))}
          </optgroup>
          <optgroup label={ask.units}>
            {plan.units.map(({ id, callsign }) => (
              <option key={id} value={`unit:${id}`}>
                {callsign}
              </option>
            ))}
          </optgroup>
        </select>
      </label>
      <label>
        {ask.day}
        <input
          type="date"
          required
          max={today}
          value={day}
          onInput={({ currentTarget }) => setDay(currentTarget.value)}
        />
      </label>
      <label>
        {ask.time}
        <input
          type="time"
          title={ask.timeHint}
          value={time}
          onInput={({ currentTarget }) => setTime(currentTarget.value)}
        />
      </label>
      <label class="why">
        {ask.purpose}
        <input
          name="purpose"
          required
          pattern=".*\S.*"
          maxLength={200}
          title={ask.purposeHint}
          value={why}
          onInput={({ currentTarget }) => setWhy(currentTarget.value)}
        />
      </label>
      <button type="submit" class="main" disabled={waits}>
        {ask.show}
      </button>
    </form>
  );
}

function subjectOf(text: string): Subject {
  const [is, id = ''] = text.split(':');
  return is === 'place' || is === 'unit' ? { is, id } : { is: 'district' };
}
