import type { Texts } from '../i18n/texts.js';
import { clockText } from '../i18n/words.js';
import type { DwellCount, HeatRow } from './figures.js';

/** Presence by place and hour: each cell has its number, so the colour is a second sign. */
export function HeatTable({
  rows,
  fromMs,
  isSettled,
  nameOf,
  timeZone,
  texts,
}: {
  readonly rows: readonly HeatRow[];
  readonly fromMs: number;
  readonly isSettled: boolean;
  readonly nameOf: (id: string) => string;
  readonly timeZone: string;
  readonly texts: Texts;
}) {
  const { heat } = texts.time;
  const hours = rows[0]?.shares.map((_, i) => clockText(timeZone, fromMs + i * 3_600_000, false).slice(0, 2)) ?? [];
  return (
    <section class="heat" aria-labelledby="heat-title">
      <h2 id="heat-title">{heat.title}</h2>
      <p class="hint">{isSettled ? heat.fromReport : heat.fromVisits}</p>
      {rows.length === 0 ? (
        <p class="none">{heat.none}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keys
        <section class="scrolls" tabIndex={0} aria-labelledby="heat-title">
          <table>
            <thead>
              <tr>
                <th scope="col" />
                {hours.map((hour) => (
                  <th key={hour} scope="col">
                    {hour}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ place, shares }) => (
                <tr key={place}>
                  <th scope="row">{nameOf(place)}</th>
                  {shares.map((share, i) => (
                    <td key={hours[i]} class={shadeOf(share)}>
                      {share === null ? '' : Math.round(share * 100)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

/** Six shades; the page's policy allows no style in the markup. */
function shadeOf(share: number | null): string {
  if (share === null) return 'no-time';
  return `shade-${share === 0 ? 0 : Math.min(5, 1 + Math.floor(share * 5))}`;
}

/** How long visits lasted, at least and at most. */
export function DwellFigure({ counts, texts }: { readonly counts: readonly DwellCount[]; readonly texts: Texts }) {
  const { dwell } = texts.time;
  const most = Math.max(1, ...counts.flatMap(({ inner, outer }) => [inner, outer]));
  return (
    <section class="dwell" aria-labelledby="dwell-title">
      <h2 id="dwell-title">{dwell.title}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col" />
            <th scope="col">{dwell.inner}</th>
            <th scope="col">{dwell.outer}</th>
          </tr>
        </thead>
        <tbody>
          {counts.map(({ fromMin, toMin, inner, outer }) => (
            <tr key={fromMin}>
              <th scope="row">{dwell.minutes(fromMin, toMin)}</th>
              {[inner, outer].map((count, i) => (
                <td key={i}>
                  <meter min={0} max={most} value={count} aria-label={dwell.visits(count)} />
                  <span class="count">{count}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
