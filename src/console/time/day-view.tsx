import { useEffect, useMemo, useState } from 'preact/hooks';
import type { CompiledPlan } from '../../model/plan.js';
import type { TraceHole, TraceRow } from '../../model/trace.js';
import type { Language, Texts } from '../i18n/texts.js';
import { clockText } from '../i18n/words.js';
import type { Footprint } from '../map/features.js';
import { NoMap, useMaps } from '../map/later-maps.js';
import type { Session } from '../session/session.js';
import { Exports } from './exports.js';
import { DwellFigure, HeatTable } from './figure-views.js';
import { dwellCounts, heatOf } from './figures.js';
import { loadAround, MOST_ROWS, type RecordOfDay } from './load.js';
import { alertsAt, lanesOf, seenAt, standingAlerts, standingVisits } from './record-day.js';
import { settledHeat } from './settled-heat.js';
import { CERTAINTIES_THEN, presenceThen } from './presence-then.js';
import { standingsAt } from './standings.js';
import { Timeline } from './timeline.js';

interface Props {
  readonly session: Session;
  readonly district: string;
  readonly record: RecordOfDay;
  /** The plan of that day, and the one in force now. */
  readonly plan: CompiledPlan;
  readonly planNow: CompiledPlan;
  /** Null: they have not come yet. */
  readonly footprints: readonly Footprint[] | null;
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
}

const HOUR_MS = 3_600_000;

/** A day of the record: an instant on the map, the timeline under it, and what the day came to. */
export function DayView(props: Props) {
  const { session, district, record, plan, planNow, footprints, texts, language, isDark } = props;
  const { time } = texts;
  // A record is of the instant that it was read at: it does not grow under the reader.
  const { question, readAtMs: nowMs, visits, alerts, traces, report } = record;
  const { subject, span } = question;
  const { fromMs, toMs } = useMemo(() => shownSpan(record, nowMs), [record, nowMs]);
  const [atMs, setAtMs] = useState(Math.min(toMs, Math.max(fromMs, question.atMs ?? nowMs)));
  const [asTold, setAsTold] = useState(false);
  const maps = useMaps();
  const around = useAround(props, atMs);
  const byMs = asTold ? atMs : null;
  const stoodVisits = useMemo(() => standingVisits(visits, byMs), [visits, byMs]);
  const stoodAlerts = useMemo(() => standingAlerts(alerts, byMs), [alerts, byMs]);
  const rows = subject.is === 'unit' ? traces : around.rows;
  const laneBy = subject.is === 'place' || subject.is === 'district' ? 'place' : 'unit';
  const holes = traces.filter((row): row is TraceHole => row.type === 'hole');
  const lanes = useMemo(() => {
    if (subject.is === 'district')
      return lanesOf(
        'place',
        plan.places.map(({ id }) => id),
        { visits: stoodVisits, alerts: stoodAlerts, holes: [] },
      );
    if (subject.is === 'place') {
      // A place has a row for its gaps, and one for each unit that came.
      const own = lanesOf('place', [subject.id], { visits: [], alerts: stoodAlerts, holes: [] });
      return [...own.slice(0, 1), ...lanesOf('unit', [], { visits: stoodVisits, alerts: [], holes: [] })];
    }
    const own = lanesOf('unit', [subject.id], { visits: [], alerts: stoodAlerts, holes });
    return [...own.slice(0, 1), ...lanesOf('place', [], { visits: stoodVisits, alerts: [], holes: [] })];
  }, [subject, plan, stoodVisits, stoodAlerts]);
  const nameOf = (id: string): string =>
    plan.places.find((place) => place.id === id)?.name[language] ??
    plan.units.find((unit) => unit.id === id)?.callsign ??
    id;
  const seen = seenAt(rows, atMs);
  const open = alertsAt(stoodAlerts, atMs, byMs);
  const heatPlaces =
    subject.is === 'place'
      ? [subject.id]
      : plan.places.map(({ id }) => id).filter((id) => stoodVisits.some(({ place }) => place === id));
  const heat = useMemo(
    () =>
      (asTold || subject.is === 'unit'
        ? null
        : settledHeat(report, heatPlaces, hourOf(plan.timeZone, fromMs), hoursIn(fromMs, toMs))) ??
      heatOf(stoodVisits, heatPlaces, { fromMs, hours: hoursIn(fromMs, toMs), nowMs: asTold ? atMs : nowMs }),
    [stoodVisits, report, asTold, byMs],
  );
  const isSettled = report !== null;
  return (
    <div class={`day by-${laneBy}`}>
      <div class="instant">
        {maps === null || maps === 'away' || footprints === null ? (
          <NoMap maps={maps} texts={texts} />
        ) : (
          <maps.TimeMap
            footprints={footprints}
            tiles={session.tiles}
            plan={plan}
            standings={standingsAt(plan, stoodVisits, open, atMs)}
            seen={seen}
            trace={subject.is === 'unit' ? traces : []}
            atMs={atMs}
            place={subject.is === 'place' ? subject.id : null}
            texts={texts}
            language={language}
            isDark={isDark}
          />
        )}
        <aside class="then">
          <h2>
            {subject.is === 'district' ? texts.time.ask.district : nameOf(subject.id)}
            <small>{span.day}</small>
          </h2>
          <p class="then-clock">{time.at(clockText(plan.timeZone, atMs))}</p>
          <fieldset class="told" aria-label={time.told.label}>
            <button type="button" aria-pressed={asTold} onClick={() => setAsTold(true)}>
              {time.told.asTold}
            </button>
            <button type="button" aria-pressed={!asTold} onClick={() => setAsTold(false)}>
              {time.told.asSettled}
            </button>
          </fieldset>
          <p class="hint">{asTold ? time.told.asToldMeans : time.told.asLatestMeans(isSettled)}</p>
          {around.trouble === null ? (
            <p class="hint">{time.seenThen(seen.length)}</p>
          ) : (
            <p class="warning">{time.notRead(around.trouble)}</p>
          )}
          {record.isCut && <p class="warning">{time.ask.cut(MOST_ROWS)}</p>}
          {record.isMissing && <p class="warning">{time.ask.missing}</p>}
          {plan.version !== planNow.version && <p class="warning">{time.ask.changedPlan(plan.version)}</p>}
          <h3>{time.alertsThen(open.length)}</h3>
          {open.length === 0 && <p class="none">{time.noAlerts}</p>}
          <ol>
            {open.map((alert) => (
              <li key={alert.alertId} class={`then-alert ${alert.severity}`}>
                <p>{alert.sentence[language]}</p>
                <p class="hint">{time.version(alert.version, versionsOf(record, alert.alertId))}</p>
              </li>
            ))}
          </ol>
          {subject.is === 'place' && (
            <PresenceThen record={record} plan={plan} atMs={atMs} texts={texts} nameOf={nameOf} />
          )}
        </aside>
      </div>
      <Timeline
        lanes={lanes}
        nameOf={nameOf}
        fromMs={fromMs}
        toMs={toMs}
        atMs={atMs}
        nowMs={nowMs}
        timeZone={plan.timeZone}
        texts={texts}
        onAt={setAtMs}
      />
      <div class="figures">
        <HeatTable
          rows={heat}
          fromMs={fromMs}
          isSettled={isSettled && !asTold && subject.is !== 'unit'}
          nameOf={nameOf}
          timeZone={plan.timeZone}
          texts={texts}
        />
        <DwellFigure counts={dwellCounts(stoodVisits)} texts={texts} />
        <Exports
          question={question}
          district={district}
          isSettled={isSettled}
          language={language}
          texts={texts}
          download={session.download}
        />
      </div>
    </div>
  );
}

/** Who was in the place at the instant, who may have been, and of whom nobody knows. */
function PresenceThen({
  record,
  plan,
  atMs,
  texts,
  nameOf,
}: Pick<Props, 'record' | 'texts'> & {
  readonly plan: CompiledPlan;
  readonly atMs: number;
  readonly nameOf: (id: string) => string;
}) {
  const then = presenceThen(record.presence, plan, atMs);
  return (
    <>
      <h3>{texts.time.presence}</h3>
      <ul>
        {then.inside.length + then.possible.length === 0 && <li>{texts.time.nobodySeen}</li>}
        {CERTAINTIES_THEN.map(
          (certainty) =>
            then[certainty].length > 0 && (
              <li key={certainty}>
                {texts.time.certainty[certainty]}: {then[certainty].map(nameOf).join(' · ')}
              </li>
            ),
        )}
      </ul>
    </>
  );
}

interface Around {
  readonly rows: readonly TraceRow[];
  /** Why they could not be read: then nobody is seen, and it says nothing about who was there. */
  readonly trouble: string | null;
}

/** The positions around an instant, of all units; they are asked for once the instant rests. */
function useAround({ session, district, record }: Props, atMs: number): Around {
  const [around, setAround] = useState<Around>({ rows: [], trouble: null });
  const { subject, purpose } = record.question;
  useEffect(() => {
    if (subject.is === 'unit') return;
    const gone = new AbortController();
    const timer = setTimeout(() => {
      void loadAround(session.ask, district, { atMs, purpose, signal: gone.signal })
        .then((rows) => ({ rows, trouble: null }))
        .catch((error: unknown) => ({ rows: [], trouble: error instanceof Error ? error.message : String(error) }))
        .then((found) => {
          if (!gone.signal.aborted) setAround(found);
        });
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [session, district, record, atMs]);
  return around;
}

/** An instant rests when nobody has moved it for so long. */
const REST_MS = 350;

/** The hours of the day in which something is on record, whole; the day's own eight to eighteen where nothing is. */
function shownSpan(
  { visits, alerts, traces, question: { span } }: RecordOfDay,
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const starts = [
    ...visits.map(({ innerFromMs }) => innerFromMs),
    ...alerts.map(({ fromMs }) => fromMs),
    ...traces.flatMap((row) => (row.type === 'fix' ? [row.eventTimeMs] : [])),
  ].filter((ms) => ms >= span.fromMs && ms < span.toMs);
  const ends = [...starts, ...visits.map(({ innerToMs }) => innerToMs ?? 0), ...alerts.map(({ toMs }) => toMs ?? nowMs)]
    .map((ms) => Math.min(ms, span.toMs))
    .filter((ms) => ms > span.fromMs);
  const firstMs = starts.length === 0 ? span.fromMs + 8 * HOUR_MS : least(starts);
  const lastMs = ends.length === 0 ? span.fromMs + 18 * HOUR_MS : most(ends);
  const fromMs = span.fromMs + Math.floor((firstMs - span.fromMs) / HOUR_MS) * HOUR_MS;
  return {
    fromMs,
    toMs: Math.max(fromMs + HOUR_MS, span.fromMs + Math.ceil((lastMs - span.fromMs) / HOUR_MS) * HOUR_MS),
  };
}

function least(values: readonly number[]): number {
  return values.reduce((found, value) => Math.min(found, value), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((found, value) => Math.max(found, value), Number.NEGATIVE_INFINITY);
}

function hoursIn(fromMs: number, toMs: number): number {
  return Math.round((toMs - fromMs) / HOUR_MS);
}

function hourOf(timeZone: string, atMs: number): number {
  return Number(clockText(timeZone, atMs).slice(0, 2));
}

function versionsOf({ alerts }: RecordOfDay, alertId: string): number {
  return alerts.filter((alert) => alert.alertId === alertId && alert.change !== 'refused').length;
}
