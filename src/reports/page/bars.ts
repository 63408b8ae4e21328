import type { Language } from './cell-text.js';
import { type Markup, markup } from './markup.js';
import { UNKNOWN_FILL } from './patterns.js';

/** One bar: what is certain, and what is possible above it. */
export interface Bar {
  readonly label: string;
  readonly low: number;
  readonly high: number;
  /** It is what was asked for. */
  readonly isGoal?: boolean;
}

const HEIGHT = 150;
const FOOT = 26;
const HEAD = 18;

/** Bars side by side: certain numbers filled, possible ones striped. */
export function barChart(title: string, bars: readonly Bar[], barWidth: number, language: Language): Markup {
  const most = Math.max(1, ...bars.map(({ high }) => high));
  const scale = (HEIGHT - HEAD) / most;
  const drawn = bars.map(({ label, low, high, isGoal = false }, i) => {
    const x = i * barWidth;
    const [lowPx, highPx] = [tenths(low * scale), tenths(high * scale)];
    const fill = isGoal ? '#00725c' : '#7fa79d';
    const words = low === high ? String(high) : `${low}–${high}`;
    return markup`<rect x="${x + 4}" y="${HEIGHT - highPx}" width="${barWidth - 8}" height="${tenths(highPx - lowPx)}" fill="${UNKNOWN_FILL}" stroke="${high > low ? '#6b6b6b' : 'none'}" stroke-width="0.5"/>
<rect x="${x + 4}" y="${HEIGHT - lowPx}" width="${barWidth - 8}" height="${lowPx}" fill="${fill}"/>
<text x="${x + barWidth / 2}" y="${HEIGHT - highPx - 5}" class="value">${high === 0 ? '' : words}</text>
<text x="${x + barWidth / 2}" y="${HEIGHT + 16}" class="value" font-weight="${isGoal ? 'bold' : 'normal'}">${label}</text>`;
  });
  const width = bars.length * barWidth;
  const key = language === 'zh' ? '斜纹：可能' : 'Striped: possible';
  const hasRange = bars.some(({ low, high }) => low < high);
  return markup`<svg viewBox="0 0 ${width} ${HEIGHT + FOOT + 14}" role="img" class="picture bars" style="max-width:${width}px"><title>${title}</title>
<line x1="0" y1="${HEIGHT}" x2="${width}" y2="${HEIGHT}" stroke="#1d2b28"/>
${drawn}
<text x="4" y="${HEIGHT + FOOT + 8}" class="key">${hasRange ? key : ''}</text>
</svg>`;
}

function tenths(value: number): number {
  return Math.round(10 * value) / 10;
}
