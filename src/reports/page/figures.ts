import type { Cell } from '../table.js';
import type { Report } from '../report.js';
import { cellText, type Language, NO_VALUE, rangeText } from './cell-text.js';
import { type Markup, markup } from './markup.js';
import { namedRows } from './named-rows.js';

interface Figure {
  readonly value: string;
  readonly name: string;
  readonly detail: string;
}

/** The numbers that people look for first. */
export function keyFigures(reports: readonly Report[], language: Language): Markup {
  const figures = [...presence(reports, language), ...checkpoints(reports, language), ...alerts(reports, language)];
  const items = figures.map(
    ({ value, name, detail }) => markup`<li><span>${name}</span><b>${value}</b><span>${detail}</span></li>`,
  );
  return markup`<ul class="figures">${items}</ul>`;
}

function rowsOf(reports: readonly Report[], name: string): Readonly<Record<string, Cell>>[] {
  const table = reports.flatMap(({ tables }) => tables).find((one) => one.name === name);
  return table === undefined ? [] : namedRows(table);
}

function presence(reports: readonly Report[], language: Language): Figure[] {
  return rowsOf(reports, 'presence-by-kind').map((row) => {
    const range = rangeText(share(row.presenceRateLow), share(row.presenceRateHigh));
    const unknown = share(row.unknownShare);
    const kind = KIND_WORDS[String(row.kind)]?.[language] ?? String(row.kind);
    return {
      value: share(row.presenceRate),
      name: language === 'zh' ? `${kind}见警率` : `Presence, ${kind}`,
      detail: language === 'zh' ? `${range}，不明${unknown}` : `${range}, unknown ${unknown}`,
    };
  });
}

const KIND_WORDS: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  checkpoint: { zh: '必到点', en: 'checkpoints' },
  route: { zh: '巡线', en: 'routes' },
  zone: { zh: '片区', en: 'zones' },
};

function checkpoints(reports: readonly Report[], language: Language): Figure[] {
  const rows = rowsOf(reports, 'checkpoints').filter(({ state }) => state !== 'not-required');
  if (rows.length === 0) return [];
  const count = (wanted: string): number => rows.filter(({ state }) => state === wanted).length;
  const [missed, possible] = [count('not-visited'), count('possible')];
  return [
    {
      value: `${count('visited')}/${rows.length}`,
      name: language === 'zh' ? '必到点已到' : 'Checkpoints visited',
      detail: language === 'zh' ? `未到${missed}，不明${possible}` : `${missed} not visited, ${possible} unknown`,
    },
  ];
}

function alerts(reports: readonly Report[], language: Language): Figure[] {
  return rowsOf(reports, 'alerts').map((row) => {
    const ack =
      typeof row.ackP50Minutes === 'number'
        ? cellText({ name: '', kind: 'minutes', title: { zh: '', en: '' } }, row.ackP50Minutes, language, 'UTC')
        : null;
    const acked = { zh: `签收中位${ack}分`, en: `median ${ack} min to acknowledge` };
    const none = { zh: '无签收', en: 'none acknowledged' };
    return {
      value: String(row.raised),
      name: language === 'zh' ? '告警' : 'Alerts',
      detail: (ack === null ? none : acked)[language],
    };
  });
}

function share(cell: Cell | undefined): string {
  return typeof cell === 'number' ? `${(100 * cell).toFixed(1)}%` : NO_VALUE;
}
