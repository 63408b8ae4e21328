import { useEffect, useRef, useState } from 'preact/hooks';
import type { NearestUnit } from '../../protocol/nearest-units.js';
import type { Texts } from '../i18n/texts.js';
import { clockText, spanText } from '../i18n/words.js';
import { type Ask, AskError } from '../socket/ask.js';
import './nearest.css';
import { nearestRow } from './rows.js';
import { nearestPath, type Target } from './target.js';

interface Props {
  readonly target: Target | null;
  /** A unit that is not to be listed: the one that needs somebody. */
  readonly except: string | null;
  readonly district: string;
  readonly timeZone: string;
  /** The server's time, ms. */
  readonly nowMs: number;
  /** The tasks as they are known: another list of them changes who is free, and is asked for again. */
  readonly tasks: unknown;
  readonly texts: Texts;
  readonly mayAct: boolean;
  readonly ask: Ask;
  readonly placeName: (id: string) => string;
  readonly onShow: (unit: string) => void;
  readonly onSend: (unit: string) => void;
}

/** So many units are named. */
const NAMED = 8;
/** An answer that is older says so: units have moved. */
const OLD_MS = 60_000;

interface Nearest {
  readonly atMs: number;
  readonly items: readonly NearestUnit[];
}

/**
 * Who can go to a place or a position, the nearest first, and how sure that is. Each answer stands in the access record under the supervisor's name, so
 * nothing asks by itself for as long as the panel is open: another place does, another task, and somebody who wants to know again.
 */
export function NearestUnits(props: Props) {
  const { target, except, timeZone, nowMs, texts, mayAct, placeName, ...on } = props;
  const { nearest } = texts.live;
  const { answer, trouble, again } = useNearest(props);
  const sinceMs = answer === null ? 0 : Math.max(0, nowMs - answer.atMs);
  const rows = (answer?.items ?? []).filter(({ unit }) => unit !== except).slice(0, NAMED);
  const list = useRef<HTMLUListElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const buttons = [...(list.current?.querySelectorAll<HTMLButtonElement>('button.unit') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[Math.max(0, Math.min(buttons.length - 1, at + step))]?.focus();
  };
  return (
    <section class="nearest" aria-labelledby="nearest-title">
      <h3 id="nearest-title">
        {nearest.title}
        {answer !== null && (
          <small class={sinceMs > OLD_MS ? 'old' : ''}>
            {nearest.asked(clockText(timeZone, answer.atMs))}
            {sinceMs > OLD_MS && ` · ${nearest.old(spanText(texts, sinceMs))}`}
          </small>
        )}
        {target !== null && (
          <button type="button" class="again" title={nearest.againMeans} onClick={again}>
            {nearest.again}
          </button>
        )}
      </h3>
      {target === null && <p class="none">{nearest.none}</p>}
      {trouble !== null && <p role="alert">{texts.alerts.failed(trouble)}</p>}
      {answer !== null && rows.length === 0 && <p class="none">{nearest.nobody}</p>}
      <ul ref={list} onKeyDown={move}>
        {rows.map((unit) => {
          const row = nearestRow(unit, texts, placeName, sinceMs);
          return (
            <li key={row.unit} class={`${row.certainty} ${row.held === '' ? '' : 'held'}`}>
              <button type="button" class="unit" title={nearest.show} onClick={() => on.onShow(row.unit)}>
                <span class="sign" aria-hidden="true">
                  {row.sign}
                </span>
                <span class="name">{row.callsign}</span>
                <span class="distance">{row.distance}</span>
                <span class="because">{row.because}</span>
                {row.held !== '' && <span class="held-by">{row.held}</span>}
              </button>
              {mayAct && row.held === '' && (
                <button
                  type="button"
                  aria-label={`${nearest.send} ${row.callsign}`}
                  onClick={() => on.onSend(row.unit)}
                >
                  {nearest.send}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {rows.length > 0 && <p class="hint">{nearest.straight}</p>}
    </section>
  );
}

function useNearest({ ask, district, target, tasks }: Pick<Props, 'ask' | 'district' | 'target' | 'tasks'>): {
  readonly answer: Nearest | null;
  readonly trouble: string | null;
  readonly again: () => void;
} {
  const [answer, setAnswer] = useState<Nearest | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [asked, setAsked] = useState(0);
  const path = target === null ? null : nearestPath(district, target, NAMED + 1);
  useEffect(() => {
    setAnswer(null);
    setTrouble(null);
  }, [path]);
  useEffect(() => {
    if (path === null) return;
    const gone = new AbortController();
    const { signal } = gone;
    ask(path, { signal })
      .then((found) => {
        if (signal.aborted) return;
        setAnswer(found as Nearest);
        setTrouble(null);
      })
      .catch((error: unknown) => {
        if (!signal.aborted) setTrouble(error instanceof AskError ? error.message : String(error));
      });
    return () => gone.abort();
  }, [ask, path, tasks, asked]);
  return { answer, trouble, again: () => setAsked((count) => count + 1) };
}
