import { CLEAN_TEXT, describeFault, parseText } from '../model/text.js';
import { pointer, type Report } from './faults.js';

/** Where a person may write several lines: nobody shows it in one. */
const LINES = 'note';

/** The value with every text in normal form C; a text or a name of a property that is not taken is reported. */
export function cleanTexts(value: unknown, report: Report, path = '', name = ''): unknown {
  if (typeof value === 'string') return cleanText(value, report, path, name === LINES);
  if (Array.isArray(value)) {
    // Most of a file are positions: lists of numbers, which are left as they are.
    if (value.every((item) => typeof item === 'number')) return value;
    return value.map((item, index) => cleanTexts(item, report, path + pointer(index)));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const clean = cleanText(key, report, path, false);
      return [clean, cleanTexts(item, report, path + pointer(key), key)];
    }),
  );
}

function cleanText(text: string, report: Report, path: string, lines: boolean): string {
  const clean = parseText(text, lines);
  if (typeof clean === 'string') return clean;
  report(path, `got ${describeFault(clean)} of ${JSON.stringify(text).slice(0, 60)}, expected ${CLEAN_TEXT}`);
  return text;
}
