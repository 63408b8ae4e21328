import { useState } from 'preact/hooks';
import { SEVERITIES } from '../../model/plan.js';
import type { AlertAnswer } from '../../protocol/alert-states.js';
import type { Language, Texts } from '../i18n/texts.js';
import { clockText } from '../i18n/words.js';
import type { Features, Footprint } from '../map/features.js';
import type { Ask } from '../socket/ask.js';
import { act, type Deed, deedsOf, type SaidDeed } from './act.js';
import { AlertFilters } from './alert-filters.js';
import { AlertHistory } from './alert-history.js';
import './alerts.css';
import { DeedForm } from './deed-form.js';
import { type AlertFilter, SHOW_ALL } from './filter.js';
import type { ListedAlerts } from './listed.js';

interface Props {
  readonly open: ReadonlyMap<string, AlertAnswer>;
  readonly listed: ListedAlerts;
  readonly filter: AlertFilter;
  readonly onFilter: (filter: AlertFilter) => void;
  readonly district: string;
  readonly timeZone: string;
  readonly texts: Texts;
  readonly language: Language;
  readonly mayAct: boolean;
  readonly chosen: string | null;
  readonly onChoose: (alertId: string | null) => void;
  /** The action whose words are asked for; null: none. */
  readonly deed: SaidDeed | null;
  readonly onDeed: (deed: SaidDeed | null) => void;
  readonly historyOf: string | null;
  readonly onHistory: (alertId: string | null) => void;
  readonly ask: Ask;
  readonly footprints: readonly Footprint[];
  readonly nameOf: (id: string) => string;
  readonly onMarks: (marks: Features<object> | null) => void;
  /** The server's time, ms. */
  readonly nowMs: number;
}

export function AlertList(props: Props) {
  const { open, listed, texts, historyOf, filter, onFilter } = props;
  const { shown, more, flood, hidden } = listed;
  const counts = SEVERITIES.filter((severity) => more[severity] > 0);
  return (
    <div class="alert-column">
      <section class="alerts" aria-labelledby="alerts-title">
        <div class="column-head">
          <h2 id="alerts-title">{texts.alerts.title(open.size)}</h2>
          <AlertFilters filter={filter} hidden={hidden} texts={texts} onFilter={onFilter} />
        </div>
        {flood !== null && (
          <p class="flood" role="status">
            {texts.live.filter.flood(flood.recent)}
          </p>
        )}
        {shown.length === 0 && <p class="none">{texts.alerts.none}</p>}
        <ol>
          {shown.map((alert) => (
            <AlertItem key={alert.alertId} alert={alert} {...props} />
          ))}
        </ol>
        {counts.length > 0 && flood === null && (
          <ul class="more">
            {counts.map((severity) => (
              <li key={severity}>
                <button type="button" onClick={() => onFilter({ ...SHOW_ALL, severity })}>
                  {texts.alerts.more(texts.alerts.severity[severity], more[severity])}
                </button>
              </li>
            ))}
          </ul>
        )}
        {flood !== null && (
          <ul class="more">
            {flood.counts.map(({ rule, count }) => (
              <li key={rule}>
                <button type="button" onClick={() => onFilter({ ...SHOW_ALL, rule })}>
                  {texts.live.filter.moreOf(texts.live.rules[rule], count)}
                </button>
              </li>
            ))}
          </ul>
        )}
      </section>
      {historyOf !== null && <AlertHistory {...props} alertId={historyOf} onClose={() => props.onHistory(null)} />}
    </div>
  );
}

function AlertItem({ alert, ...props }: Props & { readonly alert: AlertAnswer }) {
  const { texts, language, timeZone, chosen, onChoose } = props;
  const { alerts, live } = texts;
  const isChosen = chosen === alert.alertId;
  const state =
    alert.state === 'shelved' && alert.shelvedUntilMs !== null
      ? live.shelvedUntil(clockText(timeZone, alert.shelvedUntilMs, false))
      : alerts.state[alert.state];
  return (
    <li class={`alert ${alert.severity} ${alert.state} ${alert.rule}`} id={`alert-${alert.transition}`}>
      <button type="button" class="said" aria-pressed={isChosen} onClick={() => onChoose(alert.alertId)}>
        <span class="severity">{alert.rule === 'sos' ? 'SOS' : alerts.severity[alert.severity]}</span>
        <time dateTime={new Date(alert.fromMs).toISOString()}>{clockText(timeZone, alert.fromMs, false)}</time>
        <span class="state">{state}</span>
        <span class="sentence">{alert.sentence[language]}</span>
      </button>
      {isChosen && <Actions alert={alert} {...props} />}
    </li>
  );
}

function Actions({ alert, ...props }: Props & { readonly alert: AlertAnswer }) {
  const { texts, mayAct, onHistory, deed, onDeed } = props;
  const { alerts, live } = texts;
  const [said, setSaid] = useState<string | null>(null);
  const run = async (kind: Deed, body = {}): Promise<void> => {
    setSaid(alerts.waiting);
    setSaid(await act(props, alert, kind, body));
    onDeed(null);
  };
  const words: Readonly<Record<Deed, string>> = {
    acknowledge: alerts.acknowledge,
    comment: alerts.comment,
    shelve: alerts.shelve,
    unshelve: live.unshelve,
    resolve: alerts.resolve,
  };
  return (
    <div class="actions">
      {(mayAct ? deedsOf(alert) : []).map((kind) => (
        <button
          key={kind}
          type="button"
          class={kind === 'acknowledge' || kind === 'resolve' ? 'main' : ''}
          aria-expanded={kind === 'acknowledge' || kind === 'unshelve' ? undefined : deed === kind}
          onClick={() => (kind === 'acknowledge' || kind === 'unshelve' ? void run(kind) : onDeed(kind))}
        >
          {words[kind]}
        </button>
      ))}
      <button type="button" onClick={() => onHistory(alert.alertId)}>
        {alerts.history}
      </button>
      {deed !== null && deedsOf(alert).includes(deed) && (
        <DeedForm {...props} deed={deed} onSend={(body) => void run(deed, body)} onCancel={() => onDeed(null)} />
      )}
      <p class="answer" role="status">
        {said}
      </p>
    </div>
  );
}
