import { useEffect, useState } from 'preact/hooks';
import type { CompiledPlan } from '../../model/plan.js';
import type { Language, Texts } from '../i18n/texts.js';
import type { Footprint } from '../map/features.js';
import type { Session } from '../session/session.js';
import { AskError } from '../socket/ask.js';
import { AskForm } from './ask-form.js';
import { DayView } from './day-view.js';
import { loadDay, type Question, type RecordOfDay } from './load.js';
import './time.css';

interface Props {
  readonly session: Session;
  readonly district: string;
  readonly plan: CompiledPlan | null;
  /** Null: they have not come yet. */
  readonly footprints: readonly Footprint[] | null;
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
  /** The server's time, ms. */
  readonly nowMs: number;
}

/** The record of a day: what was told, what is known now, and where everybody was. */
export function TimeView({ session, district, plan, footprints, texts, language, isDark, nowMs }: Props) {
  const { ask: words } = texts.time;
  const [question, setQuestion] = useState<Question | null>(null);
  const [record, setRecord] = useState<RecordOfDay | null>(null);
  const [readings, setReadings] = useState(0);
  const [reading, setReading] = useState<'visits' | 'alerts' | 'traces' | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    if (question === null) return;
    const gone = new AbortController();
    const { signal } = gone;
    setTrouble(null);
    loadDay(session.ask, district, question, { signal, tell: setReading })
      .then((found) => {
        if (signal.aborted) return;
        setRecord(found);
        setReadings((count) => count + 1);
      })
      .catch((error: unknown) => {
        if (!signal.aborted) setTrouble(error instanceof AskError ? error.message : String(error));
      })
      .finally(() => {
        if (!signal.aborted) setReading(null);
      });
    return () => gone.abort();
  }, [question, session, district]);
  return (
    <main class="time-view">
      {plan === null ? (
        <p class="none">{texts.plan.none}</p>
      ) : (
        <AskForm
          plan={plan}
          purpose={session.purpose}
          waits={reading !== null}
          texts={texts}
          language={language}
          nowMs={nowMs}
          onAsk={setQuestion}
        />
      )}
      <p class="answer" role="status">
        {reading !== null && words.loading(texts.time.export[reading])}
        {trouble !== null && texts.alerts.failed(trouble)}
      </p>
      {record === null && reading === null && trouble === null && <p class="first">{words.first}</p>}
      {record !== null && plan !== null && (
        <DayView
          key={readings}
          session={session}
          district={district}
          record={record}
          plan={record.plan ?? plan}
          planNow={plan}
          footprints={footprints}
          texts={texts}
          language={language}
          isDark={isDark}
        />
      )}
    </main>
  );
}
