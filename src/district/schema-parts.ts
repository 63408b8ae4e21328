import { type TSchema, Type } from 'typebox';
import { ID_PATTERN } from '../model/roles.js';

/** `description` says what was expected, in words that complete "expected …": it is documentation and error text at once. */
const text = (description: string, pattern: string) => Type.String({ description, pattern });

export const Id = text('an id of 1 to 32 characters out of a-z, 0-9 and -', ID_PATTERN);
export const Name = Type.String({ minLength: 1, maxLength: 100 });
export const Note = Type.String({ maxLength: 4_000 });
export const Time = text('a time of day from "00:00" to "23:59"', '^([01][0-9]|2[0-3]):[0-5][0-9]$');
export const EndTime = text(
  'a time of day from "00:00" to "23:59", or "24:00"; before `from` it is on the next day',
  '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
);
export const DateText = text(
  'a date "YYYY-MM-DD" from 2000 to 2099',
  '^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
);

export const UnitKindSchema = Type.Enum(['car', 'motorcycle', 'foot']);
export const UnitKinds = Type.Array(UnitKindSchema, { minItems: 1, maxItems: 3, uniqueItems: true });

/** An object in which any other property is a fault. */
export function strict<P extends Record<string, TSchema>>(properties: P, options: object = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** A map from ids. */
export function byId<S extends TSchema>(value: S, options: object = {}) {
  return Type.Record(Id, value, { additionalProperties: false, ...options });
}
