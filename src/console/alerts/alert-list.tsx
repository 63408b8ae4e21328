import { useState } from 'preact/hooks';
import type { AlertAnswer } from '../../protocol/alert-states.js';
import type { Language, Texts } from '../i18n/texts.js';
import { clockText } from '../i18n/words.js';
import { type Ask, AskError } from '../socket/ask.js';
import { AlertHistory } from './alert-history.js';
import { digest } from './order.js';

interface Props {
  readonly open: ReadonlyMap<string, AlertAnswer>;
  readonly district: string;
  readonly timeZone: string;
  readonly texts: Texts;
  readonly language: Language;
  readonly mayAct: boolean;
  readonly chosen: string | null;
  readonly onChoose: (alertId: string | null) => void;
  readonly historyOf: string | null;
  readonly onHistory: (alertId: string | null) => void;
  readonly ask: Ask;
  /** The server's time, ms: what a shelf lasts is counted from it. */
  readonly nowMs: number;
}

/** So many alerts are shown one by one; of the rest there are counts. */
export const SHOWN = 20;

export function AlertList(props: Props) {
  const { open, texts, historyOf } = props;
  const { shown, more } = digest(open.values(), SHOWN);
  const counts = (['high', 'medium', 'low'] as const).filter((severity) => more[severity] > 0);
  return (
    <section class="alerts" aria-labelledby="alerts-title">
      <h2 id="alerts-title">{texts.alerts.title(open.size)}</h2>
      {shown.length === 0 && <p class="none">{texts.alerts.none}</p>}
      <ol>
        {shown.map((alert) => (
          <AlertItem key={alert.alertId} alert={alert} {...props} />
        ))}
      </ol>
      {counts.length > 0 && (
        <ul class="more">
          {counts.map((severity) => (
            <li key={severity}>{texts.alerts.more(texts.alerts.severity[severity], more[severity])}</li>
          ))}
        </ul>
      )}
      {historyOf !== null && <AlertHistory {...props} alertId={historyOf} onClose={() => props.onHistory(null)} />}
    </section>
  );
}

function AlertItem({ alert, ...props }: Props & { readonly alert: AlertAnswer }) {
  const { texts, language, timeZone, chosen, onChoose } = props;
  const { alerts } = texts;
  const isChosen = chosen === alert.alertId;
  return (
    <li class={`alert ${alert.severity} ${alert.state} ${alert.rule}`} id={`alert-${alert.transition}`}>
      <button type="button" class="said" aria-pressed={isChosen} onClick={() => onChoose(alert.alertId)}>
        <span class="severity">{alert.rule === 'sos' ? 'SOS' : alerts.severity[alert.severity]}</span>
        <time dateTime={new Date(alert.fromMs).toISOString()}>{clockText(timeZone, alert.fromMs, false)}</time>
        <span class="sentence">{alert.sentence[language]}</span>
        <span class="state">{alerts.state[alert.state]}</span>
      </button>
      {isChosen && <Actions alert={alert} {...props} />}
    </li>
  );
}

type Deed = 'acknowledge' | 'comment' | 'shelve' | 'resolve';

function Actions({ alert, ...props }: Props & { readonly alert: AlertAnswer }) {
  const { texts, mayAct, onHistory } = props;
  const { alerts } = texts;
  const [deed, setDeed] = useState<Exclude<Deed, 'acknowledge'> | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const run = async (kind: Deed, body: object): Promise<void> => {
    setSaid(alerts.waiting);
    setSaid(await act(props, alert, kind, body));
    setDeed(null);
  };
  return (
    <div class="actions">
      {mayAct && !alert.acknowledged && (
        <button type="button" onClick={() => void run('acknowledge', {})}>
          {alerts.acknowledge}
        </button>
      )}
      {mayAct && (
        <button type="button" onClick={() => setDeed('comment')}>
          {alerts.comment}
        </button>
      )}
      {mayAct && alert.condition === 'active' && alert.rule !== 'sos' && (
        <button type="button" onClick={() => setDeed('shelve')}>
          {alerts.shelve}
        </button>
      )}
      {mayAct && alert.rule === 'sos' && alert.condition === 'active' && (
        <button type="button" onClick={() => setDeed('resolve')}>
          {alerts.resolve}
        </button>
      )}
      <button type="button" onClick={() => onHistory(alert.alertId)}>
        {alerts.history}
      </button>
      {deed !== null && <DeedForm deed={deed} texts={texts} onSend={run} onCancel={() => setDeed(null)} />}
      <p class="answer" role="status">
        {said}
      </p>
    </div>
  );
}

function DeedForm({
  deed,
  texts: { alerts },
  onSend,
  onCancel,
}: {
  readonly deed: Exclude<Deed, 'acknowledge'>;
  readonly texts: Texts;
  readonly onSend: (deed: Deed, body: object) => Promise<void>;
  readonly onCancel: () => void;
}) {
  const [text, setText] = useState('');
  const [minutes, setMinutes] = useState(60);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (deed === 'comment') void onSend(deed, { comment: text });
    else if (deed === 'resolve') void onSend(deed, { reason: text });
    else void onSend(deed, { reason: text, minutes });
  };
  return (
    <form class="deed" onSubmit={submit}>
      <label>
        {deed === 'comment' ? alerts.comment : alerts.reason}
        <input required value={text} onInput={({ currentTarget }) => setText(currentTarget.value)} />
      </label>
      {deed === 'shelve' && (
        <label>
          {alerts.shelveFor}
          <input
            type="number"
            min={1}
            max={720}
            value={minutes}
            onInput={({ currentTarget }) => setMinutes(Number(currentTarget.value))}
          />
        </label>
      )}
      <button type="submit">{alerts.send}</button>
      <button type="button" onClick={onCancel}>
        {alerts.cancel}
      </button>
    </form>
  );
}

/** Sends an action on the version that was seen, and answers what to say of it; null: the alert itself says it. */
export async function act(
  { ask, district, texts: { alerts }, nowMs }: Pick<Props, 'ask' | 'district' | 'texts' | 'nowMs'>,
  { alertId, version }: AlertAnswer,
  deed: Deed,
  { minutes, ...body }: { readonly minutes?: number },
): Promise<string | null> {
  const until = minutes === undefined ? {} : { until: new Date(nowMs + minutes * 60_000).toISOString() };
  try {
    await ask(`/v1/districts/${district}/alerts/${encodeURIComponent(alertId)}/${deed}`, {
      body: { version, ...body, ...until },
    });
    return null;
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    return error.status === 409 ? alerts.changed : alerts.failed(error.message);
  }
}
