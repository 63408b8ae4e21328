import type { PositionRecord, TaskRecord, UnitRecord } from '../../model/hot.js';
import type { PlanUnit } from '../../model/plan.js';
import type { Texts } from '../i18n/texts.js';
import { clockText, spanText } from '../i18n/words.js';

interface Props {
  readonly unit: PlanUnit;
  readonly record: UnitRecord | undefined;
  readonly position: PositionRecord | undefined;
  readonly tasks: readonly TaskRecord[];
  readonly texts: Texts;
  readonly timeZone: string;
  readonly nowMs: number;
  readonly mayAct: boolean;
  readonly placeName: (id: string) => string;
  readonly onCloseTask: (taskId: string) => void;
}

/** What is known of a unit: how fresh that is stands first. */
export function UnitFacts({
  unit,
  record,
  position,
  tasks,
  texts,
  timeZone,
  nowMs,
  mayAct,
  placeName,
  onCloseTask,
}: Props) {
  const { detail, orders, kinds } = texts.live;
  const age = (atMs: number): string => spanText(texts, nowMs - atMs);
  const until = (atMs: number): string => clockText(timeZone, atMs, false);
  const heardMs = record?.lastHeardMs ?? null;
  const statement = record?.statement ?? null;
  const said = statement !== null && statement.endedMs === null ? statement : null;
  return (
    <section class="facts">
      <ul class="fact-list">
        <li class={`health ${record?.health ?? 'unseen'}`}>{texts.health[record?.health ?? 'unseen']}</li>
        <li>{position === undefined ? detail.neverSeen : detail.seen(age(position.eventTimeMs))}</li>
        {heardMs !== null && <li>{detail.lastHeard(age(heardMs))}</li>}
        {record?.onDuty === false && <li>{detail.offDuty}</li>}
        <li>
          {kinds[unit.kind]} · {detail.crew(unit.crewCount)} · {unit.group}
        </li>
        <li>
          {record === undefined || record.places.length === 0
            ? detail.nowhere
            : detail.inPlaces(record.places.map(placeName).join(' · '))}
        </li>
        {said !== null && (
          <li class="said">
            {said.at === null
              ? orders.statementIsNot(said.notAt.map(placeName).join(' · '), until(said.untilMs), said.actor)
              : orders.statementIs(placeName(said.at), until(said.untilMs), said.actor)}
          </li>
        )}
      </ul>
      {tasks.length > 0 && <h3>{detail.tasks}</h3>}
      <ul class="tasks">
        {tasks.map((task) => (
          <li key={task.taskId}>
            {orders.taskIs(orders.kinds[task.task], task.toMs === null ? null : until(task.toMs), task.reason)}
            {mayAct && (
              <button type="button" onClick={() => onCloseTask(task.taskId)}>
                {orders.close}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
