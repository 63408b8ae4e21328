import { type TString, Type } from '@fastify/type-provider-typebox';

/** Facts of an alert that one kind of rule alone has: how many were there, how far off, how fast, how long lit. */
export const ruleEvidence = (id: TString) => ({
  strength: Type.Optional(
    Type.Object(
      {
        atLeast: Type.Integer(),
        counts: Type.Enum(['units', 'officers']),
        present: Type.Integer({ description: 'Proven to be there: now, or at the fewest of what is over.' }),
        atMost: Type.Integer({ description: 'The same with all who may be, or may have been, there.' }),
        scope: Type.Optional(Type.Enum(['district', 'reserve'], { description: 'Absent: those at the place.' })),
        moved: Type.Optional(
          Type.Object(
            { metres: Type.Integer(), withinMs: Type.Integer() },
            { description: 'How far each unit must have come lately to count.' },
          ),
        ),
      },
      { description: 'How many a place, the district or its reserve wanted, and had.' },
    ),
  ),
  offZone: Type.Optional(
    Type.Object(
      {
        zones: Type.Array(id),
        awayM: Type.Integer({ description: 'How far it was outside all of them at the most, for certain, metres.' }),
      },
      { description: 'The zones that the unit should have been in.' },
    ),
  ),
  speeding: Type.Optional(
    Type.Object(
      {
        mostKmh: Type.Integer(),
        limitKmh: Type.Integer(),
        lights: Type.Enum(['on', 'off', 'partly', 'not-measured'], {
          description: 'What the fixes said of the lightbar; `not-measured`: one of them did not say.',
        }),
      },
      { description: 'The highest speed that the receiver measured, and the limit there.' },
    ),
  ),
  lights: Type.Optional(
    Type.Object(
      {
        onMs: Type.Integer(),
        offMs: Type.Integer(),
        notMeasuredMs: Type.Integer({ description: 'Its fixes do not say, or say different things.' }),
        leastPercent: Type.Integer(),
      },
      {
        description: 'How long the lightbar was on while the unit was seen there, and the least share that was wanted.',
      },
    ),
  ),
});
