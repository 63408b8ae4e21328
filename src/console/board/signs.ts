import type { Standing } from './rows.js';

/** The second sign beside the colour. */
export const SIGNS: Readonly<Record<Standing, string>> = {
  overdue: '▲',
  due: '△',
  'in-doubt': '?',
  empty: '○',
  covered: '●',
  unheard: '–',
};
