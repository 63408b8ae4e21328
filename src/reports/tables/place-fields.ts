import type { Names, PlaceKind } from '../../model/plan.js';
import type { ReportPlace } from '../period.js';
import type { Field } from '../table.js';

export const PLACE_KIND_WORDS: Readonly<Record<PlaceKind, Names>> = {
  checkpoint: { zh: '必到点', en: 'Checkpoint' },
  route: { zh: '巡线', en: 'Route' },
  zone: { zh: '片区', en: 'Zone' },
};

/** The columns that say which place a row is about. */
export const PLACE_FIELDS: readonly Field<{ readonly place: ReportPlace }>[] = [
  { name: 'place', kind: 'id', title: { zh: '编号', en: 'Id' }, page: 'none', of: ({ place }) => place.place },
  {
    name: 'nameZh',
    kind: 'text',
    title: { zh: '地点', en: 'Place (Chinese)' },
    page: 'zh',
    of: ({ place }) => place.name.zh,
  },
  {
    name: 'nameEn',
    kind: 'text',
    title: { zh: '地点（英文）', en: 'Place' },
    page: 'en',
    of: ({ place }) => place.name.en,
  },
  {
    name: 'kind',
    kind: 'code',
    title: { zh: '类别', en: 'Kind' },
    codes: PLACE_KIND_WORDS,
    of: ({ place }) => place.kind,
  },
];

/** Sorts places as on the page: checkpoints, routes, zones; each kind by id, never by how well they did. */
export function inPageOrder(places: readonly ReportPlace[]): ReportPlace[] {
  return [...places].sort((a, b) => compare(a.kind, b.kind) || compare(a.place, b.place));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
