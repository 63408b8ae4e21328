import { Type } from 'typebox';
import { MAX_ROSTER_SHIFTS, MAX_SHIFT_OFFICERS } from '../model/roster.js';
import { Instant } from './order-schemas.js';
import { Id, Note, strict } from './schema-parts.js';

/** One shift of one unit; all of the roster's time where it does not say when. */
export const ShiftSchema = strict({
  unit: Id,
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
  /** The bureau's own ids, no names. */
  officers: Type.Array(Id, { minItems: 1, maxItems: MAX_SHIFT_OFFICERS, uniqueItems: true }),
  note: Type.Optional(Note),
});
const head = {
  from: Instant,
  to: Instant,
  /** Why, for the record. */
  reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
  note: Type.Optional(Note),
};

/** The outside of a roster; shifts are checked one by one. */
export const RosterOutline = strict({
  ...head,
  shifts: Type.Array(Type.Unknown(), { maxItems: MAX_ROSTER_SHIFTS }),
});

/** A roster in full: who crews which unit from an instant to another. */
export const RosterSchema = strict(
  { ...head, shifts: Type.Array(ShiftSchema, { maxItems: MAX_ROSTER_SHIFTS }) },
  { title: 'roster' },
);
