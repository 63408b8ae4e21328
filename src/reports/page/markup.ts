/** HTML or SVG that is safe to put into a page: made by `markup` alone, so that no text gets into a page without being escaped. */
export class Markup {
  readonly #text: string;

  constructor(strings: TemplateStringsArray, values: readonly Part[]) {
    this.#text = strings.reduce(
      (text, string, i) => text + string + (i < values.length ? partText(values[i] ?? '') : ''),
      '',
    );
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template: texts and numbers are escaped, markup stays as it is. */
export type Part = string | number | Markup | readonly Markup[];

/** `<p>${text}</p>` with the text escaped, for content and for attributes in double quotes. */
export function markup(strings: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return new Markup(strings, values);
}

export const NOTHING: Markup = markup``;

function partText(part: Part): string {
  if (part instanceof Markup) return part.toString();
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return part.join('');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Characters that say nothing or cannot be written, or turn the direction of what follows. */
const UNPRINTABLE = /[\p{Cc}\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\p{Surrogate}]/gu;

function escaped(text: string): string {
  return text.replace(UNPRINTABLE, '\uFFFD').replace(/[&<>"']/g, (found) => ESCAPES[found] ?? found);
}
