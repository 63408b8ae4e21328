import t from 'tap';
import { FaultList } from '../../src/district/faults.js';
import { parseRoster } from '../../src/district/parse-roster.js';
import { MAX_ROSTER_OFFICERS, MAX_ROSTER_SHIFTS, MAX_SHIFT_OFFICERS } from '../../src/model/roster.js';

const NOW_MS = Date.parse('2026-11-24T12:00:00+08:00');
const at = (time: string, day = 24): string => `2026-11-${day}T${time}:00+08:00`;
const shift = (unit: string, officers: readonly string[], more: object = {}): object => ({ unit, officers, ...more });
const night = (shifts: readonly object[], more: object = {}): object => ({
  from: at('20:00'),
  to: at('08:30', 25),
  shifts,
  ...more,
});

function parsed(roster: unknown) {
  const faults = new FaultList();
  const read = parseRoster(roster, { units: ['car-1', 'car-2'], nowMs: NOW_MS }, faults);
  return { read, faults: faults.all.listed.map(({ path, reason }) => `${path} ${reason}`) };
}

t.test(
  'a roster is read: shifts by unit and time, officers sorted, each for all of its time unless it says when',
  async (t) => {
    const { read, faults } = parsed(
      night([
        shift('car-2', ['p8', 'p7']),
        shift('car-1', ['p9'], { from: at('01:00', 25) }),
        shift('car-1', ['p1', 'p3'], { to: at('01:00', 25), from: at('23:00') }),
      ]),
    );
    t.same(faults, []);
    const ms = (time: string, day = 24) => Date.parse(at(time, day));
    t.same(read, {
      fromMs: ms('20:00'),
      toMs: ms('08:30', 25),
      reason: '',
      shifts: [
        { unit: 'car-1', fromMs: ms('23:00'), toMs: ms('01:00', 25), officers: ['p1', 'p3'] },
        { unit: 'car-1', fromMs: ms('01:00', 25), toMs: ms('08:30', 25), officers: ['p9'] },
        { unit: 'car-2', fromMs: ms('20:00'), toMs: ms('08:30', 25), officers: ['p7', 'p8'] },
      ],
    });
  },
);

for (const [what, roster, path, ...words] of [
  ['not an object', [], '', 'expected an object'],
  ['an end before the start', night([], { to: at('19:00') }), '/to', 'expected an instant after from'],
  ['a time that is over', night([], { from: at('08:00'), to: at('11:00') }), '/to', 'expected an instant to come'],
  ['more than 35 days', night([], { to: '2027-01-24T00:00:00+08:00' }), '/to', 'at most 35 days after from'],
  ['an instant without an offset', night([], { from: '2026-11-24T20:00' }), '/from', 'with its offset'],
  ['a unit that the plan lacks', night([shift('car-3', ['p1'])]), '/shifts/0/unit', 'unknown unit "car-3"'],
  ['a name for an id', night([shift('car-1', ['王伟'])]), '/shifts/0/officers/0', 'got "王伟"', 'an id'],
  ['nobody on a shift', night([shift('car-1', [])]), '/shifts/0/officers', '1 to 30'],
  ['an officer twice', night([shift('car-1', ['p1', 'p1'])]), '/shifts/0/officers', 'each once'],
  [
    'more than fit a vehicle',
    night([
      shift(
        'car-1',
        Array.from({ length: MAX_SHIFT_OFFICERS + 1 }, (_, i) => `p${i}`),
      ),
    ]),
    '/shifts/0/officers',
    '1 to 30',
  ],
  [
    'too many shifts',
    night(Array.from({ length: MAX_ROSTER_SHIFTS + 1 }, () => shift('car-1', ['p1']))),
    '/shifts',
    `at most ${MAX_ROSTER_SHIFTS}`,
  ],
  ['a shift that begins before', night([shift('car-1', ['p1'], { from: at('19:00') })]), '/shifts/0/from', 'own on'],
  ['a shift that ends after', night([shift('car-1', ['p1'], { to: at('09:00', 25) })]), '/shifts/0/to', 'up to the'],
  [
    'a shift that ends as it begins',
    night([shift('car-1', ['p1'], { to: at('20:00') })]),
    '/shifts/0/to',
    'after from',
  ],
  [
    'two shifts of one unit at a time',
    night([shift('car-1', ['p1'], { to: at('23:00') }), shift('car-1', ['p2'], { from: at('22:59') })]),
    '/shifts/1',
    'a second shift on "car-1" at the time of /shifts/0',
  ],
  [
    'an officer on two units at a time',
    night([shift('car-1', ['p1', 'p2']), shift('car-2', ['p3', 'p2'], { from: at('22:00') })]),
    '/shifts/1/officers',
    'got "p2", who is on "car-1" at that time by /shifts/0',
  ],
] as const) {
  t.test(`a fault of a roster: ${what}`, async (t) => {
    const { read, faults } = parsed(roster);
    t.equal(read, null);
    const own = faults.find((fault) => fault.startsWith(`${path} `));
    t.ok(own, `${path} in ${faults.join('\n')}`);
    for (const word of words) t.ok(own?.includes(word), `${word} in ${own}`);
  });
}

t.test('all faults are told at once; a shift may follow another, and an officer may change units', async (t) => {
  const wrong = night([
    shift('car-3', ['P1']),
    shift('car-1', ['p1'], { from: at('19:00') }),
    shift('car-2', ['p1'], { to: at('09:00', 25) }),
  ]);
  t.ok(parsed(wrong).faults.length >= 3, parsed(wrong).faults.join('\n'));
  const right = night([
    shift('car-1', ['p1'], { to: at('23:00') }),
    shift('car-1', ['p2'], { from: at('23:00') }),
    shift('car-2', ['p1'], { from: at('23:00') }),
  ]);
  t.same(parsed(right).faults, []);
  const many = Array.from({ length: MAX_ROSTER_OFFICERS / 10 + 1 }, (_, i) => {
    const minute = (n: number) => new Date(Date.parse(at('20:00')) + n * 60_000).toISOString().replace('.000', '');
    return shift(
      'car-1',
      Array.from({ length: 10 }, (_unused, k) => `p${k}`),
      { from: minute(i), to: minute(i + 1) },
    );
  });
  t.match(parsed(night(many)).faults, [/^\/shifts got 5010 officers in all shifts together, expected at most 5000/]);
});
