import type { Random } from './random.js';

/** What a phone carried by a patrol says of where it is: in bursts, at times vaguely, at times what it had kept. */
export interface PhoneModel {
  /** Between two fixes of a burst, and how many a burst has, both uniform. */
  readonly stepMs: readonly [least: number, most: number];
  readonly burst: readonly [least: number, most: number];
  /** Between two bursts, ms, uniform; a share of them follow each other without a pause. */
  readonly pauseMs: readonly [least: number, most: number];
  readonly steady: number;
  /** Share of bursts by satellite, by Wi-Fi and by cell tower, and the accuracy that they say (68 %), metres, uniform. */
  readonly sources: readonly { readonly share: number; readonly accuracyM: readonly [least: number, most: number] }[];
  /** Probability that the first fix of a burst is the last one of the burst before, with a new time. */
  readonly stale: number;
  /** Probability that a fix is by cell tower although its burst is not: it is hundreds of metres off, and says so. */
  readonly jump: number;
}

export const PHONE_MODEL: PhoneModel = {
  stepMs: [5_000, 20_000],
  burst: [2, 12],
  pauseMs: [60_000, 900_000],
  steady: 0.4,
  sources: [
    { share: 0.6, accuracyM: [5, 25] },
    { share: 0.3, accuracyM: [25, 100] },
    { share: 0.1, accuracyM: [100, 1_000] },
  ],
  stale: 0.15,
  jump: 0.03,
};

export interface PhoneFix {
  readonly ms: number;
  readonly eastM: number;
  readonly northM: number;
  readonly accuracyM: number;
}

interface Place {
  readonly eastM: number;
  readonly northM: number;
}

/** An error of 68 % within the accuracy has this much of it as its standard deviation on each axis. */
const AXIS_SHARE = 1 / Math.sqrt(-2 * Math.log(1 - 0.68));

/** The fixes of a phone from `fromMs` to `toMs` while its bearer is where `whereAt` says. The error of a burst hardly changes in it. */
export function* phoneFixes(
  random: Random,
  whereAt: (ms: number) => Place,
  fromMs: number,
  toMs: number,
  model: PhoneModel = PHONE_MODEL,
): Generator<PhoneFix> {
  let kept: PhoneFix | null = null;
  for (let ms = fromMs; ms < toMs; ) {
    const source = pickSource(random, model);
    const accuracyM = random.between(...source.accuracyM);
    const off = errorOf(random, accuracyM);
    const count = random.integer(...model.burst);
    for (let i = 0; i < count && ms < toMs; i += 1) {
      if (i === 0 && kept !== null && random.chance(model.stale)) yield { ...kept, ms };
      else {
        const there = whereAt(ms);
        const isJump = random.chance(model.jump);
        const vagueM = isJump ? random.between(300, 1_000) : accuracyM;
        const error = isJump ? errorOf(random, vagueM) : off;
        const wobble = errorOf(random, accuracyM / 5);
        kept = {
          ms,
          eastM: there.eastM + error.eastM + wobble.eastM,
          northM: there.northM + error.northM + wobble.northM,
          accuracyM: vagueM,
        };
        yield kept;
      }
      ms += random.integer(...model.stepMs);
    }
    if (!random.chance(model.steady)) ms += random.integer(...model.pauseMs);
  }
}

function pickSource(random: Random, { sources }: PhoneModel): PhoneModel['sources'][number] {
  let left = random.next();
  for (const source of sources) {
    left -= source.share;
    if (left < 0) return source;
  }
  return sources.at(-1) as PhoneModel['sources'][number];
}

function errorOf(random: Random, accuracyM: number): Place {
  const axisM = accuracyM * AXIS_SHARE;
  return { eastM: axisM * random.gaussian(), northM: axisM * random.gaussian() };
}
