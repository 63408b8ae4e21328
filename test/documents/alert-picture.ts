import { drawing, path, rect, text } from './svg.js';

const WIDTH = 940;
const HEIGHT = 250;
const LEFT = 225;
const RIGHT = 924;
const FROM_MIN = 8 * 60 + 28;
const TO_MIN = 9 * 60 + 1;

interface Stretch {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly fill: string;
  readonly ink: string;
}

const GREEN = { fill: '#cfe8e2', ink: '#00513f' };
const GREY = { fill: '#e4e8e7', ink: '#3c4a47' };
const AMBER = { fill: '#f3dfb5', ink: '#6b4500' };

/** The story of the worked example, a lane for each point of view. */
const LANES: readonly (readonly [name: string, stretches: readonly Stretch[]])[] = [
  [
    'where car-1 was',
    [
      { from: '08:28', to: '08:40', label: 'on the square', ...GREEN },
      { from: '08:40', to: '08:51', label: 'on patrol, 1.5 km east', ...GREY },
      { from: '08:51', to: '08:54', label: 'square', ...GREEN },
      { from: '08:54', to: '09:01', label: 'away again', ...GREY },
    ],
  ],
  [
    'what was heard',
    [
      { from: '08:28', to: '08:46', label: 'a fix each 10 s', ...GREEN },
      { from: '08:46', to: '08:57', label: 'nothing: no link', ...AMBER },
      { from: '08:57', to: '09:01', label: 'backlog', ...GREEN },
    ],
  ],
  [
    'what was said of the square',
    [
      { from: '08:28', to: '08:40', label: 'covered', ...GREEN },
      { from: '08:40', to: '08:55', label: 'empty for less than 10 + 5 min: nothing', ...GREY },
      { from: '08:55', to: '08:57', label: 'gap?', ...AMBER },
      { from: '08:57', to: '09:01', label: 'retracted', ...GREEN },
    ],
  ],
];

function xOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return LEFT + ((hours * 60 + minutes - FROM_MIN) / (TO_MIN - FROM_MIN)) * (RIGHT - LEFT);
}

/** The alert that was raised in doubt and taken back by a backlog, as SVG. */
export function alertPicture(): string {
  const lanes = LANES.flatMap(([name, stretches], i) => {
    const y = 50 + i * 54;
    return [
      text(name, { x: 16, y: y + 24 }, { fill: '#1d2b28', 'font-size': 14 }),
      ...stretches.map(({ from, to, label, fill, ink }) => {
        const [x, end] = [xOf(from), xOf(to)];
        const middle = { x: (x + end) / 2, y: y + 24 };
        return (
          rect({ x, y }, end - x - 2, 36, { fill, rx: 4 }) +
          text(label, middle, { fill: ink, 'font-size': 12, 'text-anchor': 'middle' })
        );
      }),
    ];
  });
  const hours = ['08:28', '08:40', '08:46', '08:51', '08:55', '08:57'].flatMap((clock) => {
    const x = xOf(clock);
    return [
      path(
        [
          { x, y: 44 },
          { x, y: 212 },
        ],
        { fill: 'none', stroke: '#9fb5b0', 'stroke-width': 1, 'stroke-dasharray': '2 4' },
      ),
      text(clock, { x, y: 34 }, { fill: '#5b6f6a', 'font-size': 12, 'text-anchor': 'middle' }),
    ];
  });
  const said =
    'Raised as unknown, one severity lower, naming car-1; taken back when the backlog came. Nothing is deleted.';
  return drawing(
    WIDTH,
    HEIGHT,
    'An alert that was wrong, and how it was taken back',
    [...hours, ...lanes, text(said, { x: 16, y: 236 }, { fill: '#5b6f6a', 'font-size': 13 })].join('\n'),
  );
}
