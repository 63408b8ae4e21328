import { type TString, Type } from '@fastify/type-provider-typebox';

const DIRECTION = Type.Enum(['forward', 'backward'], { description: 'As the line of the route goes, or against it.' });

/** Facts of an alert that one kind of rule alone has: how many were there, how far a route was driven, how far off, how fast, how long lit. */
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
  bunching: Type.Optional(
    Type.Object(
      {
        atLeast: Type.Integer({ description: 'So many units make a bunch.' }),
        withinM: Type.Integer({ description: 'How near another of them each is, at most, metres.' }),
        bunches: Type.Array(Type.Array(id), { description: 'The units of each bunch: now, or at the end.' }),
        uncovered: Type.Array(id, { description: 'Places where nobody can have been meanwhile.' }),
      },
      { description: 'Units that stand together, and the places that have nobody.' },
    ),
  ),
  window: Type.Optional(
    Type.Object(
      {
        opensMs: Type.Integer(),
        closesMs: Type.Integer(),
        findings: Type.Array(
          Type.Object({
            is: Type.Enum(['late', 'missed', 'absence', 'early-leave']),
            certain: Type.Boolean({ description: 'It holds even with all units that may have been there.' }),
            excused: Type.Optional(
              Type.Literal(true, { description: 'Those who had come had been called away by a task.' }),
            ),
          }),
        ),
        arrived: Type.Optional(
          Type.Object({ unit: id, atMs: Type.Integer() }, { description: 'Who came too late; left out: nobody has.' }),
        ),
        awayMs: Type.Optional(
          Type.Integer({
            description:
              'Of an absence: how long nobody was there since the first came, but for the stretch that goes on.',
          }),
        ),
        excusedMs: Type.Optional(
          Type.Integer({ description: 'Of awayMs: after whoever was there last had been called away by a task.' }),
        ),
      },
      { description: 'What was wrong in a window in which a checkpoint was to be manned. Its alerts are one.' },
    ),
  ),
  debt: Type.Optional(
    Type.Object(
      {
        creditMs: Type.Integer({ description: 'The full balance.' }),
        worth: Type.Integer({ description: 'Seconds of balance that a second of presence is worth.' }),
        clearMs: Type.Integer({ description: 'The balance that ends the alert.' }),
        leastMs: Type.Integer({ description: 'The balance with those who are proven to have been there.' }),
        mostMs: Type.Integer({ description: 'The same with all who may have been there.' }),
        presentMs: Type.Integer({ description: 'For how long somebody was surely there in the hours so far.' }),
      },
      { description: 'The balance of a place, as it was when it was owed.' },
    ),
  ),
  rhythm: Type.Optional(
    Type.Object(
      {
        startsMs: Type.Array(Type.Integer(), { description: 'When the last stays began, oldest first.' }),
        smallestMs: Type.Integer({
          description: 'The shortest and the longest that the intervals between them can have been.',
        }),
        largestMs: Type.Integer(),
        withinMs: Type.Integer({ description: 'Each lies within so much of the middle of them.' }),
        nextFromMs: Type.Integer({ description: 'When an onlooker expects the next stay to begin.' }),
        nextToMs: Type.Integer(),
      },
      { description: 'Visits that could have been guessed; of what is over, as it was before it was broken.' },
    ),
  ),
  routePass: Type.Optional(
    Type.Object(
      {
        late: Type.Enum(['segment', 'pass'], {
          description: 'A segment that was not seen for too long, or a pass that nobody completed.',
        }),
        coveredPercent: Type.Integer({ description: 'Of all segments those that were seen within the limit.' }),
        observedPercent: Type.Integer({
          description: 'Those of them that a fix on the line shows; the rest is inferred between two fixes.',
        }),
        fromM: Type.Integer({ description: 'The segment that was not seen for longest, metres along the line.' }),
        toM: Type.Integer(),
        direction: Type.Optional(DIRECTION),
        passWithinMs: Type.Integer(),
        lastPass: Type.Optional(
          Type.Object({ unit: id, endedMs: Type.Integer(), direction: DIRECTION, observedPercent: Type.Integer() }),
        ),
      },
      { description: 'What is late on a route, and what was seen of it.' },
    ),
  ),
  unrostered: Type.Optional(
    Type.Array(id, { description: 'Units that count and on which nobody has a shift, though a roster is kept.' }),
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
