import { useState } from 'preact/hooks';
import type { TaskKind } from '../../model/log-entry.js';
import type { Texts } from '../i18n/texts.js';
import { type Ask, AskError } from '../socket/ask.js';

/** What a supervisor orders, or states, of a unit. */
export type OrderKind = 'task' | 'statement';

interface Props {
  readonly kind: OrderKind;
  readonly unit: string;
  readonly district: string;
  readonly places: readonly { readonly id: string; readonly label: string }[];
  /** What is filled in at first: the place that somebody is sent to. */
  readonly reason: string;
  readonly texts: Texts;
  readonly ask: Ask;
  /** The server's time, ms. */
  readonly nowMs: number;
  readonly onEnd: (said: string | null) => void;
}

/** Minutes that are offered; 0: until somebody ends it. The server's most for a statement are four hours. */
const TASK_MINUTES = [30, 60, 120, 0] as const;
const STATEMENT_MINUTES = [15, 30, 60, 120, 240] as const;
const TASKS: readonly TaskKind[] = ['incident', 'escort', 'maintenance', 'out-of-service'];

export function OrderForm(props: Props) {
  const { kind } = props;
  return kind === 'task' ? <TaskForm {...props} /> : <StatementForm {...props} />;
}

function TaskForm({ unit, district, reason, texts, ask, nowMs, onEnd }: Props) {
  const { orders } = texts.live;
  const [task, setTask] = useState<TaskKind>('incident');
  const [minutes, setMinutes] = useState<number>(60);
  const [why, setWhy] = useState(reason);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const to = minutes === 0 ? {} : { to: isoAfter(nowMs, minutes) };
    const body = { task, units: [unit], reason: why, ...to };
    onEnd(await order(ask, `/v1/districts/${district}/tasks`, body, texts));
  };
  return (
    <form class="order" onSubmit={send} aria-label={orders.newTask}>
      <label>
        {orders.task}
        <select value={task} onChange={({ currentTarget }) => setTask(currentTarget.value as TaskKind)}>
          {TASKS.map((one) => (
            <option key={one} value={one}>
              {orders.kinds[one]}
            </option>
          ))}
        </select>
      </label>
      <Minutes texts={texts} choices={TASK_MINUTES} value={minutes} onChange={setMinutes} />
      <label class="wide">
        {texts.alerts.reason}
        <input required maxLength={500} value={why} onInput={({ currentTarget }) => setWhy(currentTarget.value)} />
      </label>
      <Buttons texts={texts} onCancel={() => onEnd(null)} />
    </form>
  );
}

function StatementForm({ unit, district, places, texts, ask, nowMs, onEnd }: Props) {
  const { orders } = texts.live;
  const [is, setIs] = useState<'at' | 'not-at' | 'taken-back'>('at');
  const [place, setPlace] = useState(places[0]?.id ?? '');
  const [minutes, setMinutes] = useState<number>(30);
  const [note, setNote] = useState('');
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const said = is === 'at' ? { at: place } : { notAt: is === 'not-at' ? [place] : [] };
    const body = { ...said, until: isoAfter(nowMs, minutes), ...(note.trim() === '' ? {} : { note }) };
    onEnd(await order(ask, `/v1/districts/${district}/units/${unit}/statement`, body, texts));
  };
  return (
    <form class="order" onSubmit={send} aria-label={orders.newStatement}>
      <label>
        {orders.newStatement}
        <select value={is} onChange={({ currentTarget }) => setIs(currentTarget.value as typeof is)}>
          <option value="at">{orders.isAt}</option>
          <option value="not-at">{orders.isNotAt}</option>
          <option value="taken-back">{orders.takenBack}</option>
        </select>
      </label>
      {is !== 'taken-back' && (
        <label>
          {orders.place}
          <select value={place} onChange={({ currentTarget }) => setPlace(currentTarget.value)}>
            {places.map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
        </label>
      )}
      <Minutes texts={texts} choices={STATEMENT_MINUTES} value={minutes} onChange={setMinutes} />
      <label class="wide">
        {orders.note}
        <input maxLength={500} value={note} onInput={({ currentTarget }) => setNote(currentTarget.value)} />
      </label>
      <Buttons texts={texts} onCancel={() => onEnd(null)} />
    </form>
  );
}

function Minutes({
  texts,
  choices,
  value,
  onChange,
}: {
  readonly texts: Texts;
  readonly choices: readonly number[];
  readonly value: number;
  readonly onChange: (minutes: number) => void;
}) {
  const { orders } = texts.live;
  return (
    <label>
      {orders.until}
      <select value={String(value)} onChange={({ currentTarget }) => onChange(Number(currentTarget.value))}>
        {choices.map((minutes) => (
          <option key={minutes} value={String(minutes)}>
            {minutes === 0 ? orders.untilClosed : orders.minutes(minutes)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Buttons({ texts, onCancel }: { readonly texts: Texts; readonly onCancel: () => void }) {
  return (
    <span class="buttons">
      <button type="submit" class="main">
        {texts.alerts.send}
      </button>
      <button type="button" onClick={onCancel}>
        {texts.alerts.cancel}
      </button>
    </span>
  );
}

function isoAfter(nowMs: number, minutes: number): string {
  return new Date(nowMs + minutes * 60_000).toISOString();
}

/** Sends an order, and answers what to say of it. */
export async function order(ask: Ask, path: string, body: object, texts: Texts): Promise<string> {
  const { orders } = texts.live;
  try {
    const answer = (await ask(path, { body })) as { readonly logId?: string };
    return answer.logId === undefined ? orders.done : orders.logged;
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    return texts.alerts.failed(error.message);
  }
}
