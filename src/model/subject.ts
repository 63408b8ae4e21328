import { unreachable } from './errors.js';
import { isId } from './roles.js';

/** What an alert of a rule is about. Ids of different kinds may be equal, so a subject is never an id alone. */
export type Subject =
  | { readonly kind: 'place'; readonly place: string }
  | { readonly kind: 'unit'; readonly unit: string }
  /** What one unit did at one place. */
  | { readonly kind: 'visit'; readonly unit: string; readonly place: string }
  /** The trackers of a district that one rule watches. */
  | { readonly kind: 'network'; readonly district: string; readonly rule: string }
  /** The units of a district that one rule counts, wherever they are. */
  | { readonly kind: 'scope'; readonly district: string; readonly rule: string };
export type SubjectKind = Subject['kind'];

/** What a rule of a plan judges: each place or each unit that it lists, or all its units together. */
export type Watched = Extract<Subject, { kind: 'place' | 'unit' | 'scope' }>;

export function placeSubject(place: string): Extract<Subject, { kind: 'place' }> {
  return { kind: 'place', place };
}

export function unitSubject(unit: string): Extract<Subject, { kind: 'unit' }> {
  return { kind: 'unit', unit };
}

export function scopeSubject(district: string, rule: string): Extract<Subject, { kind: 'scope' }> {
  return { kind: 'scope', district, rule };
}

/** Separates the two ids of a subject. No id contains it, nor `:` and `|`, which separate the parts of keys. */
const BETWEEN = '@';

/** The subject's ids, `<place>`, `<unit>`, `<unit>@<place>` or `<district>@<rule>`: unambiguous together with its kind. */
export function subjectName(subject: Subject): string {
  switch (subject.kind) {
    case 'place':
      return subject.place;
    case 'unit':
      return subject.unit;
    case 'visit':
      return `${subject.unit}${BETWEEN}${subject.place}`;
    case 'network':
    case 'scope':
      return `${subject.district}${BETWEEN}${subject.rule}`;
    default:
      return unreachable(subject);
  }
}

/** The subject of a kind that `subjectName` names so; null: none is. */
export function parseSubjectName(kind: SubjectKind, name: string): Subject | null {
  const ids = name.split(BETWEEN);
  const [first = '', second = ''] = ids;
  if (!ids.every(isId)) return null;
  switch (kind) {
    case 'place':
      return ids.length === 1 ? placeSubject(first) : null;
    case 'unit':
      return ids.length === 1 ? unitSubject(first) : null;
    case 'visit':
      return ids.length === 2 ? { kind, unit: first, place: second } : null;
    case 'network':
    case 'scope':
      return ids.length === 2 ? { kind, district: first, rule: second } : null;
    default:
      return unreachable(kind);
  }
}
