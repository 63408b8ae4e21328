import { eastAsianWidth } from 'get-east-asian-width';

/** Columns that a text takes on a terminal: Chinese characters two, combining marks and formatting none. */
export function displayWidth(text: string): number {
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

function widthOf(character: string): number {
  return /^[\p{Mark}\p{Format}\p{Control}]$/u.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) ?? 0);
}

/** The longest beginning that fits into so many columns. */
export function cutToWidth(text: string, columns: number): string {
  let cut = '';
  let taken = 0;
  for (const character of text) {
    taken += widthOf(character);
    if (taken > columns) break;
    cut += character;
  }
  return cut;
}

/** A word with the spaces before it, or one wide character; closing punctuation stays with what it closes. */
const PIECE = /( *)(\p{Script=Han}[，。、；：！？）》”]*|[^ \p{Script=Han}]+|$)/gu;

/**
 * Breaks a text into lines of so many columns at most, at spaces and between Chinese characters; later lines begin with `indent`
 * spaces. A word that is wider stays whole, so that it can be copied: the terminal breaks it. Nothing but spaces at breaks is lost.
 */
export function wrapText(text: string, columns: number, indent = 0): string[] {
  return text.split('\n').flatMap((paragraph) => wrapParagraph(paragraph, columns, indent));
}

function wrapParagraph(text: string, columns: number, indent: number): string[] {
  // Where lines are short an indent would leave no room for words.
  const margin = ' '.repeat(indent * 3 > columns ? 0 : indent);
  const lines: string[] = [];
  let line = '';
  let isBegun = false;
  for (const [, spaces = '', piece = ''] of text.matchAll(PIECE)) {
    const longer = `${line}${spaces}${piece}`;
    if (isBegun && displayWidth(longer) > columns) {
      lines.push(line);
      line = `${margin}${piece}`;
    } else line = longer;
    isBegun ||= piece !== '';
  }
  return [...lines, line];
}
