import { useEffect, useState } from 'preact/hooks';
import { SIGNS } from '../board/signs.js';
import { standingOf } from '../board/rows.js';
import { whoText } from '../board/who.js';
import type { Language, Texts } from '../i18n/texts.js';
import { NearestUnits } from '../nearest/nearest-units.js';
import type { Target } from '../nearest/target.js';
import { RulesHere } from '../plan/rules-here.js';
import type { Session } from '../session/session.js';
import type { ConsoleState } from '../store/state.js';
import './detail.css';
import { order, OrderForm, type OrderKind } from './orders.js';
import { UnitFacts } from './unit-facts.js';

interface Props {
  readonly session: Session;
  readonly state: ConsoleState;
  readonly district: string;
  readonly timeZone: string;
  readonly texts: Texts;
  readonly language: Language;
  /** The server's time, ms. */
  readonly nowMs: number;
  /** A place or a unit; null: the alert is about none. */
  readonly chosen: string | null;
  /** Where somebody should go. */
  readonly target: Target | null;
  readonly followed: string | null;
  readonly onFollow: (unit: string | null) => void;
  readonly onChoose: (id: string | null) => void;
  readonly onClose: () => void;
}

/** So many units of a place are named; the list scrolls with the panel. */
const NAMED = 60;

/** An order that is being written: of which unit, and what it is for. */
interface Draft {
  readonly kind: OrderKind;
  readonly unit: string;
  readonly reason: string;
}

/** The chosen place or unit: what is known of it, who can go there, and what can be ordered. */
export function Detail(props: Props) {
  const { session, state, district, timeZone, texts, language, nowMs, chosen, target, followed } = props;
  const { live } = texts;
  const [draft, setDraft] = useState<Draft | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    setDraft(null);
    setSaid(null);
  }, [chosen]);
  const { plan } = state;
  if (plan === null) return null;
  const placeName = (id: string): string => plan.places.find((place) => place.id === id)?.name[language] ?? id;
  const place = plan.places.find(({ id }) => id === chosen);
  const unit = plan.units.find(({ id }) => id === chosen);
  const tasks = [...state.tasks.values()].filter(
    (task) => unit !== undefined && task.units.includes(unit.id) && (task.toMs === null || task.toMs > nowMs),
  );
  const coverage = place === undefined ? undefined : state.coverage.get(place.id);
  const standing = place === undefined ? null : standingOf(coverage, nowMs);
  const callsigns = new Map(plan.units.map(({ id, callsign }) => [id, callsign]));
  const send = (kind: OrderKind, one: string): void => {
    setSaid(null);
    setDraft({ kind, unit: one, reason: place === undefined ? '' : placeName(place.id) });
  };
  const closeTask = async (taskId: string): Promise<void> => {
    setSaid(await order(session.ask, `/v1/districts/${district}/tasks/${taskId}/close`, {}, texts));
  };
  return (
    <section class="detail" aria-labelledby="detail-title">
      <header>
        <h2 id="detail-title">
          {standing !== null && (
            <span class={`sign ${standing}`} aria-hidden="true">
              {SIGNS[standing]}
            </span>
          )}{' '}
          {place?.name[language] ?? unit?.callsign ?? live.nearest.title}
        </h2>
        {standing !== null && <span class={standing}>{texts.board.standing[standing]}</span>}
        <span class="buttons">
          {unit !== undefined && (
            <button
              type="button"
              aria-pressed={followed === unit.id}
              onClick={() => props.onFollow(followed === unit.id ? null : unit.id)}
            >
              {followed === unit.id ? live.detail.unfollow : live.detail.follow}
            </button>
          )}
          {unit !== undefined && session.mayAct && (
            <>
              <button type="button" onClick={() => send('task', unit.id)}>
                {live.orders.newTask}
              </button>
              <button type="button" onClick={() => send('statement', unit.id)}>
                {live.orders.newStatement}
              </button>
            </>
          )}
          <button type="button" onClick={props.onClose}>
            {live.detail.close}
          </button>
        </span>
      </header>
      {draft !== null && (
        <div class="draft">
          <h3>{plan.units.find(({ id }) => id === draft.unit)?.callsign ?? draft.unit}</h3>
          <OrderForm
            {...draft}
            key={`${draft.kind} ${draft.unit}`}
            district={district}
            places={plan.places.map(({ id, name }) => ({ id, label: name[language] }))}
            texts={texts}
            ask={session.ask}
            nowMs={nowMs}
            onEnd={(told) => {
              setDraft(null);
              setSaid(told);
            }}
          />
        </div>
      )}
      {coverage !== undefined && <p class="who">{whoText(coverage, texts, { callsigns, most: NAMED })}</p>}
      <p class="answer" role="status">
        {said}
      </p>
      <div class="detail-columns">
        {unit !== undefined && (
          <UnitFacts
            unit={unit}
            record={state.units.get(unit.id)}
            position={state.positions.get(unit.id)}
            tasks={tasks}
            texts={texts}
            timeZone={timeZone}
            nowMs={nowMs}
            mayAct={session.mayAct}
            placeName={placeName}
            onCloseTask={(taskId) => void closeTask(taskId)}
          />
        )}
        <NearestUnits
          target={target}
          except={unit?.id ?? null}
          district={district}
          timeZone={timeZone}
          nowMs={nowMs}
          tasks={state.tasks}
          texts={texts}
          mayAct={session.mayAct}
          ask={session.ask}
          placeName={placeName}
          onShow={(id) => props.onFollow(id)}
          onSend={(id) => send('task', id)}
        />
        {place !== undefined && <RulesHere plan={plan} subject={place.id} nowMs={nowMs} texts={texts} />}
      </div>
    </section>
  );
}
