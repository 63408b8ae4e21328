/** What a key asks for. */
export type KeyDeed =
  | 'next'
  | 'previous'
  | 'acknowledge'
  | 'comment'
  | 'shelve'
  | 'resolve'
  | 'nearest'
  | 'follow'
  | 'sound'
  | 'live'
  | 'plan'
  | 'time'
  | 'history'
  | 'find'
  | 'language'
  | 'theme'
  | 'keys'
  | 'close';

const DEEDS: Readonly<Record<string, KeyDeed>> = {
  j: 'next',
  k: 'previous',
  a: 'acknowledge',
  c: 'comment',
  s: 'shelve',
  r: 'resolve',
  n: 'nearest',
  f: 'follow',
  m: 'sound',
  1: 'live',
  2: 'plan',
  3: 'time',
  h: 'history',
  '/': 'find',
  l: 'language',
  t: 'theme',
  '?': 'keys',
  Escape: 'close',
};

/** The part of a browser's KeyboardEvent that is looked at. */
export interface PressedKey {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly target: unknown;
}

/** Null: it is the browser's, or somebody types. */
export function keyDeed({ key, ctrlKey, altKey, metaKey, target }: PressedKey): KeyDeed | null {
  const { tagName = '' } = (target ?? {}) as { tagName?: string };
  if (ctrlKey || altKey || metaKey || ['INPUT', 'TEXTAREA', 'SELECT'].includes(tagName)) return null;
  return DEEDS[key.length === 1 ? key.toLowerCase() : key] ?? null;
}
