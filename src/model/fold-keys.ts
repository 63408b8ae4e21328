import type { AlertRule } from './alert.js';
import { isAlertRule, SUBJECT_KINDS } from './alert-id.js';
import { unreachable } from './errors.js';
import { isId } from './roles.js';
import { parseSubjectName, type Subject, subjectName, type Watched } from './subject.js';
import type { VisitKind } from './visit.js';

/**
 * Keys of what the fold remembers. Each is a union with one format and one parse. No id contains `|`, `:` or `@`, so what is
 * different has different keys, whatever the ids are.
 */
const BETWEEN = '|';

/** The alerts of one rule about one subject. */
export interface AlertBook {
  readonly rule: AlertRule;
  /** The plan's rule id. */
  readonly ruleId: string;
  /** What the alerts are about; its kind is the one that SUBJECT_KINDS has for the rule. */
  readonly subject: Subject;
}

/** `<rule>|<rule id>|<subject>`. */
export function formatAlertBook({ rule, ruleId, subject }: AlertBook): string {
  return [rule, ruleId, subjectName(subject)].join(BETWEEN);
}

export function parseAlertBook(text: string): AlertBook | null {
  const [rule = '', ruleId = '', name = '', ...more] = text.split(BETWEEN);
  if (more.length > 0 || !isAlertRule(rule) || !isId(ruleId)) return null;
  const subject = parseSubjectName(SUBJECT_KINDS[rule], name);
  return subject === null ? null : { rule, ruleId, subject };
}

/** What one unit's visits, or its crosses, of one place are told by. */
export interface VisitBook {
  readonly kind: VisitKind;
  readonly unit: string;
  readonly place: string;
}

/** `<kind>|<unit>|<place>`. */
export function formatVisitBook({ kind, unit, place }: VisitBook): string {
  return [kind, unit, place].join(BETWEEN);
}

export function parseVisitBook(text: string): VisitBook | null {
  const [kind = '', unit = '', place = '', ...more] = text.split(BETWEEN);
  if (more.length > 0 || !isId(unit) || !isId(place)) return null;
  return kind === 'visit' || kind === 'cross' ? { kind, unit, place } : null;
}

/** A place's past: of what counted for a gap rule, or of anybody's presence. */
export type PlacePast =
  | { readonly kind: 'rule'; readonly ruleId: string; readonly place: string }
  | { readonly kind: 'anybody'; readonly place: string };

/** `rule|<rule id>|<place>` or `anybody|<place>`. */
export function formatPlacePast(past: PlacePast): string {
  switch (past.kind) {
    case 'rule':
      return [past.kind, past.ruleId, past.place].join(BETWEEN);
    case 'anybody':
      return [past.kind, past.place].join(BETWEEN);
    default:
      return unreachable(past);
  }
}

export function parsePlacePast(text: string): PlacePast | null {
  const [kind, ...ids] = text.split(BETWEEN);
  const [first = '', second = ''] = ids;
  if (!ids.every(isId)) return null;
  if (kind === 'rule' && ids.length === 2) return { kind, ruleId: first, place: second };
  return kind === 'anybody' && ids.length === 1 ? { kind, place: first } : null;
}

/** A list of windows that the plans give: when a rule binds for what it judges, or when a unit is on duty. */
export type Windows =
  | { readonly kind: 'binds'; readonly ruleId: string; readonly watched: Watched }
  | { readonly kind: 'duty'; readonly unit: string };

/** `binds|<rule id>|place|<place>`, `binds|<rule id>|unit|<unit>`, `binds|<rule id>|scope|<district>@<rule id>` or `duty|<unit>`. */
export function formatWindows(windows: Windows): string {
  switch (windows.kind) {
    case 'binds': {
      const { kind, ruleId, watched } = windows;
      return [kind, ruleId, watched.kind, subjectName(watched)].join(BETWEEN);
    }
    case 'duty':
      return [windows.kind, windows.unit].join(BETWEEN);
    default:
      return unreachable(windows);
  }
}

export function parseWindows(text: string): Windows | null {
  const [kind, ...parts] = text.split(BETWEEN);
  const [first = '', watches = '', id = ''] = parts;
  if (!isId(first)) return null;
  if (kind === 'duty') return parts.length === 1 ? { kind, unit: first } : null;
  if (kind !== 'binds' || parts.length !== 3) return null;
  if (watches !== 'place' && watches !== 'unit' && watches !== 'scope') return null;
  const watched = parseSubjectName(watches, id) as Watched | null;
  return watched === null ? null : { kind, ruleId: first, watched };
}

/** What a timer wakes. */
export type TimerKey =
  /** Fixes that wait; what is settled; a plan that takes effect. */
  | { readonly kind: 'settle' | 'prune' | 'plan' }
  | { readonly kind: 'unit'; readonly unit: string }
  | { readonly kind: 'place'; readonly place: string }
  | { readonly kind: 'network' | 'scope'; readonly ruleId: string }
  | { readonly kind: 'alerts'; readonly book: AlertBook };

/** `settle`, `prune`, `plan`, `unit:<unit>`, `place:<place>`, `network:<rule id>`, `scope:<rule id>` or `alerts:<alert book>`. */
export function formatTimerKey(key: TimerKey): string {
  switch (key.kind) {
    case 'settle':
    case 'prune':
    case 'plan':
      return key.kind;
    case 'unit':
      return `${key.kind}:${key.unit}`;
    case 'place':
      return `${key.kind}:${key.place}`;
    case 'network':
    case 'scope':
      return `${key.kind}:${key.ruleId}`;
    case 'alerts':
      return `${key.kind}:${formatAlertBook(key.book)}`;
    default:
      return unreachable(key);
  }
}

export function parseTimerKey(text: string): TimerKey | null {
  const [kind, ...rest] = text.split(':');
  const [name] = rest;
  if (name === undefined) return kind === 'settle' || kind === 'prune' || kind === 'plan' ? { kind } : null;
  if (rest.length > 1) return null;
  if (kind === 'alerts') {
    const book = parseAlertBook(name);
    return book === null ? null : { kind, book };
  }
  if (!isId(name)) return null;
  if (kind === 'unit') return { kind, unit: name };
  if (kind === 'place') return { kind, place: name };
  return kind === 'network' || kind === 'scope' ? { kind, ruleId: name } : null;
}
