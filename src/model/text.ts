/** Why a text is not taken: which character, where, and what it is. */
export interface TextFault {
  /** Which character of the text it is, 1 for the first; a character outside the basic plane counts as one. */
  readonly position: number;
  /** `U+202E, a direction control`. */
  readonly got: string;
}

/** What every text from outside has to be, in words that complete "expected …". */
export const CLEAN_TEXT =
  'visible text: well-formed Unicode without controls, invisible characters and direction controls';

const DIRECTION = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const NONCHARACTER = /[\p{Noncharacter_Code_Point}\p{Co}]/u;
const CONTROL = /\p{Cc}/u;
/** A selector says how the character before it looks: ☎️, 葛󠄀. */
const SELECTOR = /\p{Variation_Selector}/u;
/** Joined emoji are one: a joiner stands between two of them. */
const JOINER = '\u200D';
const EMOJI = /\p{Extended_Pictographic}/u;
const AFTER_EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)$/u;
/** Texts of these alone are clean and normalised: nearly all texts. */
const PLAIN = /^[\x20-\x7E\u4E00-\u9FFF]*$/;

/**
 * The text in normal form C (UAX 15), or why it is not taken. The one check of all text from outside: bodies, queries and headers of
 * requests, subjects of tokens, district files.
 *
 * @param lines whether line feeds and tabs may stand in it
 */
export function parseText(text: string, lines = false): string | TextFault {
  if (PLAIN.test(text)) return text;
  const fault = textFault(text, lines);
  return fault ?? text.normalize('NFC');
}

/** `U+202E, a direction control, at character 3`: what an error says that it got. */
export function describeFault({ got, position }: TextFault): string {
  return `${got}, at character ${position}`;
}

function textFault(text: string, lines: boolean): TextFault | null {
  const characters = Array.from(text);
  for (const [index, character] of characters.entries()) {
    const name = nameOf(character, characters[index - 1], characters[index + 1], lines);
    if (name !== null) return { position: index + 1, got: `${codeOf(character)}, ${name}` };
  }
  return null;
}

/** Null: it may stand there. */
function nameOf(
  character: string,
  before: string | undefined,
  after: string | undefined,
  lines: boolean,
): string | null {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0xd8_00 && code <= 0xdf_ff) return 'half of a surrogate pair';
  if (CONTROL.test(character)) return lines && (code === 0x0a || code === 0x09) ? null : 'a control character';
  if (DIRECTION.test(character)) return 'a direction control';
  if (SELECTOR.test(character)) return before === undefined ? 'a selector with nothing before it' : null;
  if (character === JOINER && AFTER_EMOJI.test(before ?? '') && EMOJI.test(after ?? '')) return null;
  if (INVISIBLE.test(character)) return 'an invisible character';
  return NONCHARACTER.test(character) ? 'no character of Unicode' : null;
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
