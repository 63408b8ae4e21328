import t from 'tap';
import { createDrift, DRIFT_MODEL, type DriftSample } from '../../src/simulator/drift.js';
import { createRandom, hashSeed } from '../../src/simulator/random.js';

const SEED = 7;

t.test(`the drift model has the statistics of its definition (seed ${SEED})`, async (t) => {
  const hours = 2_000;
  const drift = createDrift(createRandom(SEED, 'drift-test'));
  const samples: DriftSample[] = Array.from({ length: hours * 360 }, drift);

  const quiet = samples.filter(({ inBurst }) => !inBurst);
  const sigma = (values: readonly number[]): number =>
    Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
  near(t, sigma(quiet.map(({ eastM }) => eastM)), 15, 0.3, 'σ east, m');
  near(t, sigma(quiet.map(({ northM }) => northM)), 15, 0.3, 'σ north, m');
  t.ok(
    quiet.every(({ accuracyM }) => accuracyM === 15 * Math.SQRT2),
    'the receiver says σ·√2',
  );

  let product = 0;
  let square = 0;
  for (let i = 1; i < samples.length; i++) {
    const [before, now] = [samples[i - 1] as DriftSample, samples[i] as DriftSample];
    if (before.inBurst || now.inBurst) continue;
    product += before.eastM * now.eastM;
    square += before.eastM * before.eastM;
  }
  near(t, product / square, Math.exp(-10 / 60), 0.01, 'correlation of samples 10 s apart');

  const bursts: DriftSample[][] = [];
  samples.forEach((sample, index) => {
    if (!sample.inBurst) return;
    if (samples[index - 1]?.inBurst === true) bursts.at(-1)?.push(sample);
    else bursts.push([sample]);
  });
  near(t, bursts.length / (quiet.length / 360), 1.8, 0.1, 'bursts an hour without one');
  const meanLength = bursts.reduce((sum, burst) => sum + burst.length, 0) / bursts.length;
  near(t, meanLength, 1 / (1 - Math.exp(-10 / 30)), 0.15, 'mean samples in a burst');
  const offsets = bursts.map((burst) => Math.hypot(...meanOf(burst)));
  near(t, offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length, 95, 4, 'mean offset, m');
  const admitted = bursts.filter(([first]) => (first?.accuracyM ?? 0) > 15 * Math.SQRT2);
  // Offsets below 15·√2 / 0.7 m, none of those drawn, would not show.
  near(t, admitted.length / bursts.length, 0.5, 0.03, 'share of bursts that are admitted');
  t.ok(
    admitted.every(([first]) => (first?.accuracyM ?? 0) <= 0.7 * DRIFT_MODEL.burstMostM),
    'at most 0.7 of the offset',
  );
});

function meanOf(samples: readonly DriftSample[]): [number, number] {
  const sum = { eastM: 0, northM: 0 };
  for (const { eastM, northM } of samples) {
    sum.eastM += eastM;
    sum.northM += northM;
  }
  return [sum.eastM / samples.length, sum.northM / samples.length];
}

t.test('drift of one seed is the same, of another it is not', async (t) => {
  const first = (seed: number): DriftSample[] => Array.from({ length: 50 }, createDrift(createRandom(seed, 'x')));
  t.same(first(1), first(1));
  t.notSame(first(1), first(2));
});

t.test('random numbers', async (t) => {
  const random = createRandom(3, 'numbers');
  const values = Array.from({ length: 40_000 }, () => random.next());
  t.ok(values.every((value) => value >= 0 && value < 1));
  near(t, values.reduce((sum, value) => sum + value, 0) / values.length, 0.5, 0.01, 'mean');
  const thrown = Array.from({ length: 60_000 }, () => random.integer(1, 6));
  for (let face = 1; face <= 6; face++) {
    near(t, thrown.filter((value) => value === face).length, 10_000, 400, `a die's ${face}`);
  }
  t.same(
    random.shuffled([1, 2, 3, 4, 5]).sort((a, b) => a - b),
    [1, 2, 3, 4, 5],
  );
  t.throws(() => random.pick([]));
  const seeds = new Set(Array.from({ length: 20_000 }, (_, index) => hashSeed(1, 'fix', 'car-1', index)));
  t.ok(seeds.size > 19_990, 'paths give seeds of their own');
  t.not(hashSeed(1, 'a', 'bc'), hashSeed(1, 'ab', 'c'), 'the parts of a path are apart');
  t.not(hashSeed(1, 'a'), hashSeed(2, 'a'));
});

function near(t: Tap, got: number, expected: number, within: number, what: string): void {
  t.ok(Math.abs(got - expected) <= within, `${what}: ${got.toFixed(3)} is within ${within} of ${expected.toFixed(3)}`);
}
type Tap = { ok(value: boolean, message: string): unknown };
