import type { CompiledPlan, Mode } from '../../model/plan.js';
import type { Texts } from '../i18n/texts.js';
import { clockText } from '../i18n/words.js';
import type { DaySpan } from '../time/local-day.js';
import { barStyle } from '../time/timeline.js';
import { type CalendarLane, calendarOf } from './calendar.js';
import { scheduleText } from './rule-words.js';

const HOUR_MS = 3_600_000;

/** A day of the plan as rows of bars; each row says its times in words, too. */
export function Calendar({
  plan,
  span,
  nowMs,
  texts,
}: {
  readonly plan: CompiledPlan;
  readonly span: DaySpan;
  readonly nowMs: number;
  readonly texts: Texts;
}) {
  const { plan: words } = texts;
  const { fromMs, toMs } = span;
  const lanes = calendarOf(plan, fromMs, toMs);
  if (lanes === null) return <p class="none">{words.outside}</p>;
  const share = (ms: number): number => ((ms - fromMs) / (toMs - fromMs)) * 100;
  const clock = (ms: number): string => (ms === toMs ? '24:00' : clockText(plan.timeZone, ms, false));
  const hours = Array.from({ length: Math.round((toMs - fromMs) / HOUR_MS / 2) }, (_, i) => fromMs + 2 * i * HOUR_MS);
  const groups = [
    { title: words.modes, lanes: lanes.filter(({ is }) => is === 'modes') },
    { title: words.rules, lanes: lanes.filter(({ is }) => is === 'rule') },
    { title: words.duties, lanes: lanes.filter(({ is }) => is === 'duty') },
  ];
  return (
    <div class="lanes">
      <div class="lane axis" aria-hidden="true">
        <span class="lane-name" />
        <div class="track">
          {hours.map((ms) => (
            <span key={ms} class="hour" style={{ insetInlineStart: `${share(ms)}%` }}>
              {clock(ms)}
            </span>
          ))}
        </div>
      </div>
      {groups.map((group) => (
        <section key={group.title} aria-label={group.title}>
          <h3>{group.title}</h3>
          {group.lanes.map((lane) => (
            <div key={keyOf(lane)} class="lane">
              <span class="lane-name">
                {nameOf(lane, texts)}
                {lane.is !== 'modes' && lane.spans.length > 0 && (
                  <small class="lane-times">
                    {lane.spans.map(({ fromMs: from, toMs: to }) => `${clock(from)} – ${clock(to)}`).join(' · ')}
                  </small>
                )}
              </span>
              <div class="track">
                {lane.spans.length === 0 && <span class="nothing">{words.nothing}</span>}
                {lane.spans.map(({ fromMs: from, toMs: to, mode }) => (
                  <span
                    key={from}
                    class={`bar ${lane.is} ${mode}`}
                    title={`${mode === '' ? '' : texts.mode[mode as Mode]} ${clock(from)} – ${clock(to)}`.trim()}
                    style={barStyle(share(from), share(to))}
                  >
                    {mode !== '' && texts.mode[mode as Mode]}
                  </span>
                ))}
                {nowMs >= fromMs && nowMs < toMs && (
                  <span class="cursor" style={{ insetInlineStart: `${share(nowMs)}%` }} />
                )}
              </div>
            </div>
          ))}
        </section>
      ))}
    </div>
  );
}

function keyOf(lane: CalendarLane): string {
  return lane.is === 'rule' ? lane.rule.id : lane.is === 'duty' ? lane.schedule : lane.is;
}

function nameOf(lane: CalendarLane, texts: Texts): string {
  switch (lane.is) {
    case 'modes':
      return '';
    case 'rule':
      return `${texts.live.rules[lane.rule.kind]} (${lane.rule.id})`;
    case 'duty':
      return `${scheduleText(lane.schedule, texts)} · ${texts.plan.units(lane.units)}`;
  }
}
