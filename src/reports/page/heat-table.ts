import type { Cell, ReportTable } from '../table.js';
import { hourText, type Language, NO_VALUE } from './cell-text.js';
import { type Markup, markup, NOTHING } from './markup.js';
import { namedRows } from './named-rows.js';
import { UNKNOWN_FILL } from './patterns.js';

/** Classes of presence rates, from the best down: the paler, the better, so that absence stands out, in print without colours too. */
const CLASSES = [
  { from: 0.95, fill: '#e3f1ee', ink: '#1d2b28', words: '95–100%' },
  { from: 0.8, fill: '#f9ead2', ink: '#1d2b28', words: '80–95%' },
  { from: 0.6, fill: '#f3c08a', ink: '#1d2b28', words: '60–80%' },
  { from: 0.3, fill: '#d9603b', ink: '#ffffff', words: '30–60%' },
  { from: 0, fill: '#8f0019', ink: '#ffffff', words: '0–30%' },
] as const;

const NAME_WIDTH = 190;
const CELL_WIDTH = 44;
const CELL_HEIGHT = 26;
const HEAD_HEIGHT = 22;
const LEGEND_HEIGHT = 34;
const KEY_WIDTH = 92;
/** All keys of the classes, and the longer one of what is unknown. */
const LEGEND_WIDTH = CLASSES.length * KEY_WIDTH + 120;

/** `presence-by-hour` as a picture: a row for each place, a column for each hour. */
export function heatTable(table: ReportTable, language: Language): Markup {
  const rows = namedRows(table);
  if (rows.length === 0) return NOTHING;
  const required = [...new Set(rows.map(({ hour }) => Number(hour)))].sort((a, b) => a - b);
  const hours = span(required[0] ?? 0, required.at(-1) ?? 0);
  const places = [...new Map(rows.map((row) => [row.place, row])).values()];
  const width = NAME_WIDTH + Math.max(hours.length * CELL_WIDTH, LEGEND_WIDTH) + 2;
  const height = HEAD_HEIGHT + places.length * CELL_HEIGHT + LEGEND_HEIGHT;
  const heads = hours.map(
    (hour, i) => markup`<text x="${NAME_WIDTH + i * CELL_WIDTH}" y="14" class="tick">${hourText(hour)}</text>`,
  );
  const lines = places.map((place, at) => {
    const y = HEAD_HEIGHT + at * CELL_HEIGHT;
    const cells = hours.map((hour, i) =>
      cellOf(
        rows.find((row) => row.place === place.place && row.hour === hour),
        NAME_WIDTH + i * CELL_WIDTH,
        y,
      ),
    );
    const name = String(language === 'zh' ? place.nameZh : place.nameEn);
    return markup`<text x="${NAME_WIDTH - 8}" y="${y + 17}" class="name">${short(name)}</text>${cells}`;
  });
  const title = language === 'zh' ? '各地点分时见警率' : 'Presence rate by place and hour';
  return markup`<svg viewBox="0 0 ${width} ${height}" role="img" class="picture heat"><title>${title}</title>
${heads}${lines}
${legend(HEAD_HEIGHT + places.length * CELL_HEIGHT + 12, language)}
</svg>`;
}

/** The share that is unknown is a striped bar at the foot of the cell. */
function cellOf(row: Readonly<Record<string, Cell>> | undefined, x: number, y: number): Markup {
  const box = (fill: string): Markup =>
    markup`<rect x="${x + 1}" y="${y + 1}" width="${CELL_WIDTH - 2}" height="${CELL_HEIGHT - 2}" fill="${fill}"/>`;
  const words = (text: string, ink: string): Markup =>
    markup`<text x="${x + CELL_WIDTH / 2}" y="${y + 16}" class="value" fill="${ink}">${text}</text>`;
  if (row === undefined)
    return markup`<rect x="${x + 1}" y="${y + 1}" width="${CELL_WIDTH - 2}" height="${CELL_HEIGHT - 2}" fill="none" stroke="#e4e7e6"/>`;
  const unknown = Number(row.unknownShare ?? 0);
  const bar = markup`<rect x="${x + 1}" y="${y + CELL_HEIGHT - 6}" width="${tenths(unknown * (CELL_WIDTH - 2))}" height="5" fill="${UNKNOWN_FILL}"/>`;
  if (row.presenceRate === null || row.presenceRate === undefined)
    return markup`${box(UNKNOWN_FILL)}<rect x="${x + 12}" y="${y + 5}" width="20" height="15" fill="#ffffff"/>${words('?', '#1d2b28')}`;
  const rate = Number(row.presenceRate);
  const found = CLASSES.find(({ from }) => rate >= from) ?? CLASSES[CLASSES.length - 1];
  return markup`${box(found?.fill ?? '#ffffff')}${words(percent(rate), found?.ink ?? '#1d2b28')}${unknown > 0 ? bar : NOTHING}`;
}

function legend(y: number, language: Language): Markup {
  const swatches = CLASSES.map(({ fill, words }, i) => {
    const x = NAME_WIDTH + i * KEY_WIDTH;
    return markup`<rect x="${x}" y="${y}" width="16" height="12" fill="${fill}" stroke="#9aa5a2" stroke-width="0.5"/><text x="${x + 21}" y="${y + 10}" class="key">${words}</text>`;
  });
  const x = NAME_WIDTH + CLASSES.length * KEY_WIDTH;
  const unknown = language === 'zh' ? '不明占比' : 'share unknown';
  return markup`${swatches}<rect x="${x}" y="${y + 3}" width="16" height="6" fill="${UNKNOWN_FILL}"/><text x="${x + 21}" y="${y + 10}" class="key">${unknown}</text>`;
}

/** Whole percents; never 100 for what is less. */
function percent(rate: number): string {
  return Number.isNaN(rate) ? NO_VALUE : String(rate < 1 ? Math.min(99, Math.round(100 * rate)) : 100);
}

/** A name that fits before the cells: a Chinese character is twice as wide as a Latin one. */
function short(name: string): string {
  const widthOf = (character: string): number => (/[\u2E80-\uFFEF]/.test(character) ? 2 : 1);
  const characters = Array.from(name);
  const width = characters.reduce((sum, character) => sum + widthOf(character), 0);
  if (width <= MAX_NAME_WIDTH) return name;
  let left = MAX_NAME_WIDTH - 1;
  const kept = characters.filter((character) => {
    left -= widthOf(character);
    return left >= 0;
  });
  return `${kept.join('')}…`;
}
const MAX_NAME_WIDTH = 28;

function span(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function tenths(value: number): number {
  return Math.round(10 * value) / 10;
}
