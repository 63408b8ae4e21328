import { useEffect, useRef, useState } from 'preact/hooks';
import type { Texts } from '../i18n/texts.js';
import { clockText } from '../i18n/words.js';
import type { SaidDeed } from './act.js';

interface Props {
  readonly deed: SaidDeed;
  readonly texts: Texts;
  readonly timeZone: string;
  /** The server's time, ms. */
  readonly nowMs: number;
  readonly onSend: (body: { readonly reason?: string; readonly comment?: string; readonly minutes?: number }) => void;
  readonly onCancel: () => void;
}

/** Minutes that a shelf is offered for; the server's most are twelve hours. */
const SHELVE_MINUTES = [15, 30, 60, 120] as const;
const MOST_MINUTES = 720;

/** Asks for the words of an action, and how long a shelf lasts. */
export function DeedForm({ deed, texts: { alerts, live }, timeZone, nowMs, onSend, onCancel }: Props) {
  const [text, setText] = useState('');
  const [minutes, setMinutes] = useState(60);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), [deed]);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (deed === 'comment') onSend({ comment: text });
    else if (deed === 'resolve') onSend({ reason: text });
    else onSend({ reason: text, minutes });
  };
  const until = live.shelvedUntil(clockText(timeZone, nowMs + minutes * 60_000, false));
  return (
    <form
      class="deed"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <label>
        {deed === 'comment' ? alerts.comment : alerts.reason}
        <input
          ref={first}
          required
          maxLength={500}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      {deed === 'shelve' && (
        <fieldset>
          <legend>{alerts.shelveFor}</legend>
          {SHELVE_MINUTES.map((choice) => (
            <button key={choice} type="button" aria-pressed={choice === minutes} onClick={() => setMinutes(choice)}>
              {choice}
            </button>
          ))}
          <input
            type="number"
            aria-label={alerts.shelveFor}
            min={1}
            max={MOST_MINUTES}
            value={minutes}
            onInput={({ currentTarget }) => setMinutes(Number(currentTarget.value))}
          />
          <output>{until}</output>
        </fieldset>
      )}
      <span class="buttons">
        <button type="submit" class="main">
          {alerts.send}
        </button>
        <button type="button" onClick={onCancel}>
          {alerts.cancel}
        </button>
      </span>
    </form>
  );
}
