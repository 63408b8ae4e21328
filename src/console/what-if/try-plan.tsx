import { useEffect, useRef, useState } from 'preact/hooks';
import type { FilesRead } from '../../district/read-files.js';
import type { CompiledPlan } from '../../model/plan.js';
import type { WhatIf } from '../../model/what-if.js';
import type { FolderCheck } from '../check/check-folder.js';
import type { Language, Texts } from '../i18n/texts.js';
import { clockText, dayText } from '../i18n/words.js';
import type { Session } from '../session/session.js';
import { AskError } from '../socket/ask.js';
import { instantOn } from '../time/local-day.js';
import { askWhatIf, type WhatIfWish } from './ask-what-if.js';
import { Outcome } from './outcome.js';
import './what-if.css';

interface Props {
  readonly session: Session;
  readonly district: string;
  readonly inForce: CompiledPlan;
  readonly files: FilesRead;
  readonly check: FolderCheck;
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
  readonly nowMs: number;
}

const DAY_MS = 86_400_000;
const MOST_OPERATORS = 1_000;

type Shown =
  | { readonly is: 'nothing' | 'waiting' }
  | { readonly is: 'found'; readonly found: WhatIf; readonly operators: number }
  | { readonly is: 'refused'; readonly why: string };

/** Tries the plan of a checked folder on recorded hours: what it would have told, beside what was told. Nothing is applied. */
export function TryPlan({ session, district, inForce, files, check, texts, language, isDark, nowMs }: Props) {
  const { whatIf: words } = texts;
  const { timeZone } = inForce;
  const [from, setFrom] = useState(() => inputText(timeZone, nowMs - DAY_MS));
  const [to, setTo] = useState(() => inputText(timeZone, nowMs));
  const [operators, setOperators] = useState(1);
  const [shown, setShown] = useState<Shown>({ is: 'nothing' });
  const stop = useRef(new AbortController());
  useEffect(() => {
    setShown({ is: 'nothing' });
    return () => stop.current.abort();
  }, [files]);
  const run = async (wish: WhatIfWish): Promise<void> => {
    stop.current.abort();
    const own = new AbortController();
    stop.current = own;
    setShown({ is: 'waiting' });
    const next = await askWhatIf(session.ask, district, files, wish, own.signal).then(
      (found): Shown => ({ is: 'found', found, operators: wish.operators }),
      (error: unknown): Shown => ({ is: 'refused', why: error instanceof AskError ? error.message : String(error) }),
    );
    if (!own.signal.aborted) setShown(next);
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    const [fromMs, toMs] = [instantOfInput(timeZone, from), instantOfInput(timeZone, to)];
    if (fromMs !== null && toMs !== null) void run({ fromMs, toMs, operators });
  };
  return (
    <section class="what-if" aria-labelledby="what-if-title">
      <h3 id="what-if-title">{words.title}</h3>
      <p class="hint">{words.hint}</p>
      <form onSubmit={submit}>
        <label>
          {words.from}
          <input
            type="datetime-local"
            required
            value={from}
            onInput={({ currentTarget }) => setFrom(currentTarget.value)}
          />
        </label>
        <label>
          {words.to}
          <input
            type="datetime-local"
            required
            min={from}
            value={to}
            onInput={({ currentTarget }) => setTo(currentTarget.value)}
          />
        </label>
        <label>
          {words.operators}
          <input
            type="number"
            required
            min={1}
            max={MOST_OPERATORS}
            value={operators}
            onInput={({ currentTarget }) => setOperators(currentTarget.valueAsNumber)}
          />
        </label>
        <button type="submit" class="main" disabled={shown.is === 'waiting'}>
          {words.go}
        </button>
      </form>
      <p class="answer" role="status">
        {shown.is === 'waiting' && words.waits}
        {shown.is === 'refused' && words.refused(shown.why)}
      </p>
      {shown.is === 'found' && (
        <Outcome
          found={shown.found}
          operators={shown.operators}
          check={check}
          tiles={session.tiles}
          timeZone={timeZone}
          texts={texts}
          language={language}
          isDark={isDark}
        />
      )}
    </section>
  );
}

/** What an input of a day and a time holds, `2026-11-24T08:30`. */
function inputText(timeZone: string, atMs: number): string {
  return `${dayText(timeZone, atMs)}T${clockText(timeZone, atMs, false)}`;
}

function instantOfInput(timeZone: string, text: string): number | null {
  const [day = '', time = ''] = text.split('T');
  return instantOn(timeZone, day, time);
}
