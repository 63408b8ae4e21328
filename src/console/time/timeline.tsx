import type { Texts } from '../i18n/texts.js';
import { clockText, dayText } from '../i18n/words.js';
import { instantOn } from './local-day.js';
import type { Bar, Lane } from './record-day.js';

interface Props {
  readonly lanes: readonly Lane[];
  readonly nameOf: (id: string) => string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly atMs: number;
  /** Bars that go on end here. */
  readonly nowMs: number;
  readonly timeZone: string;
  readonly texts: Texts;
  readonly onAt: (atMs: number) => void;
}

const HOUR_MS = 3_600_000;
const STEP_MS = 10_000;
const PAGE_MS = 600_000;

/** Scrubs an instant over rows of visits, gaps and silences. */
export function Timeline({ lanes, nameOf, fromMs, toMs, atMs, nowMs, timeZone, texts, onAt }: Props) {
  const { time } = texts;
  const share = (ms: number): number => ((Math.min(toMs, Math.max(fromMs, ms)) - fromMs) / (toMs - fromMs)) * 100;
  const hours = Array.from({ length: Math.round((toMs - fromMs) / HOUR_MS) + 1 }, (_, i) => fromMs + i * HOUR_MS);
  const every = hours.length > 14 ? 2 : 1;
  const click = (event: MouseEvent): void => {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    onAt(Math.round((fromMs + ((event.clientX - left) / width) * (toMs - fromMs)) / STEP_MS) * STEP_MS);
  };
  const press = (event: KeyboardEvent): void => {
    const step = event.key === 'PageUp' ? PAGE_MS : event.key === 'PageDown' ? -PAGE_MS : 0;
    if (step === 0) return;
    event.preventDefault();
    onAt(Math.min(toMs, Math.max(fromMs, atMs + step)));
  };
  const type = (text: string): void => {
    const typedMs = instantOn(timeZone, dayText(timeZone, fromMs), text);
    if (typedMs !== null) onAt(Math.min(toMs, Math.max(fromMs, typedMs)));
  };
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title" class="heard">
        {time.timeline}
      </h2>
      <div class="scrub">
        <input
          type="time"
          step="1"
          required
          class="clock"
          aria-label={time.typed}
          value={clockText(timeZone, atMs)}
          onChange={({ currentTarget }) => type(currentTarget.value)}
        />
        <input
          id="scrub"
          type="range"
          aria-label={time.scrub}
          aria-valuetext={clockText(timeZone, atMs)}
          min={fromMs}
          max={toMs}
          step={STEP_MS}
          value={atMs}
          onKeyDown={press}
          onInput={({ currentTarget }) => onAt(Number(currentTarget.value))}
        />
      </div>
      <div class="lanes">
        <div class="lane axis" aria-hidden="true">
          <span class="lane-name" />
          <div class="track">
            {hours.map((ms, i) =>
              i % every === 0 && i < hours.length - 1 ? (
                <span key={ms} class="hour" style={{ insetInlineStart: `${share(ms)}%` }}>
                  {clockText(timeZone, ms, false)}
                </span>
              ) : null,
            )}
          </div>
        </div>
        {lanes.length === 0 && <p class="none">{time.noEvents}</p>}
        {lanes.map((lane) => (
          <div key={lane.id} class="lane">
            <span class="lane-name">{nameOf(lane.id)}</span>
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the slider above does it with keys */}
            {/* biome-ignore lint/a11y/noStaticElementInteractions: the slider above does it with keys */}
            <div class="track" onClick={click}>
              {lane.bars.map((bar) => (
                <span
                  key={`${bar.kind} ${bar.of} ${bar.fromMs}`}
                  class={`bar ${bar.kind}`}
                  title={barText(bar, { nameOf, timeZone, texts })}
                  style={barStyle(share(bar.fromMs), share(bar.toMs ?? Math.min(nowMs, toMs)))}
                />
              ))}
              <span class="cursor" style={{ insetInlineStart: `${share(atMs)}%` }} />
            </div>
          </div>
        ))}
      </div>
      <ul class="legend" aria-hidden="true">
        {(['visit', 'gap', 'doubt', 'hole', 'alert'] as const).map((kind) => (
          <li key={kind}>
            <span class={`bar ${kind}`} /> {time.legend[kind]}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Where a bar stands on its track, percent. Styles are set one by one: the page's policy allows none in the markup. */
export function barStyle(from: number, to: number): { readonly insetInlineStart: string; readonly width: string } {
  return { insetInlineStart: `${from}%`, width: `${Math.max(0, to - from)}%` };
}

function barText(bar: Bar, { nameOf, timeZone, texts }: Pick<Props, 'nameOf' | 'timeZone' | 'texts'>): string {
  const { span, legend } = texts.time;
  const from = clockText(timeZone, bar.fromMs);
  const to = bar.toMs === null ? span.open : clockText(timeZone, bar.toMs);
  switch (bar.kind) {
    case 'visit':
      return span.visit(nameOf(bar.of), from, to);
    case 'cross':
      return span.cross(nameOf(bar.of), from);
    case 'hole':
      return span.hole(from, to);
    case 'gap':
    case 'doubt':
    case 'alert':
      return `${legend[bar.kind]}: ${from} – ${to}`;
  }
}
