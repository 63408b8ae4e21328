/** How a date of a calendar is written, such as `2026-11-24`; whether the calendar has it is another question. */
export const DATE_PATTERN = '^\\d{4}-\\d{2}-\\d{2}$';
const DATE = new RegExp(DATE_PATTERN);

export function isDateText(text: string): boolean {
  return DATE.test(text);
}
