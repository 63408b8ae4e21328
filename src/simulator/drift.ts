import type { Random } from './random.js';

/** The drift of a receiver between buildings, as domain notes and benches define it. */
export interface DriftModel {
  /** Standard deviation of the error on each axis, metres. */
  readonly sigmaM: number;
  /** First-order Gauss-Markov: the correlation falls by e in this time. */
  readonly correlationMs: number;
  readonly sampleMs: number;
  /** Probability that a multipath burst begins at a sample while none runs. */
  readonly burstProbability: number;
  /** Mean of a burst's exponential length; each lasts one sample at least. */
  readonly burstMeanMs: number;
  readonly burstLeastM: number;
  readonly burstMostM: number;
  /** Share of bursts in which the receiver admits a worse accuracy: `admittedFactor` of the burst's offset. */
  readonly admittedShare: number;
  /** The accuracy that a receiver admits in a burst, as a share of the burst's offset; never better than outside bursts. */
  readonly admittedFactor: number;
}

export const DRIFT_MODEL: DriftModel = {
  sigmaM: 15,
  correlationMs: 60_000,
  sampleMs: 10_000,
  burstProbability: 0.005,
  burstMeanMs: 30_000,
  burstLeastM: 40,
  burstMostM: 150,
  admittedShare: 0.5,
  admittedFactor: 0.7,
};

export interface DriftSample {
  readonly eastM: number;
  readonly northM: number;
  /** What the receiver says of itself: σ·√2, or more in an admitted burst. */
  readonly accuracyM: number;
  readonly inBurst: boolean;
}

/** A running process; each call is the next sample, `sampleMs` after the one before. Starts in its steady state. */
export function createDrift(random: Random, model: DriftModel = DRIFT_MODEL): () => DriftSample {
  const kept = Math.exp(-model.sampleMs / model.correlationMs);
  const fresh = model.sigmaM * Math.sqrt(1 - kept * kept);
  let eastM = model.sigmaM * random.gaussian();
  let northM = model.sigmaM * random.gaussian();
  let burst: Burst | null = null;
  return () => {
    eastM = kept * eastM + fresh * random.gaussian();
    northM = kept * northM + fresh * random.gaussian();
    if (burst === null && random.chance(model.burstProbability)) burst = drawBurst(random, model);
    const honestM = model.sigmaM * Math.SQRT2;
    if (burst === null) return { eastM, northM, accuracyM: honestM, inBurst: false };
    const sample = {
      eastM: eastM + burst.eastM,
      northM: northM + burst.northM,
      accuracyM: burst.admitted ? Math.max(honestM, model.admittedFactor * burst.offsetM) : honestM,
      inBurst: true,
    };
    burst = burst.samplesLeft > 1 ? { ...burst, samplesLeft: burst.samplesLeft - 1 } : null;
    return sample;
  };
}

interface Burst {
  readonly eastM: number;
  readonly northM: number;
  readonly offsetM: number;
  readonly admitted: boolean;
  readonly samplesLeft: number;
}

function drawBurst(random: Random, model: DriftModel): Burst {
  const lengthMs = -model.burstMeanMs * Math.log(1 - random.next());
  const offsetM = random.between(model.burstLeastM, model.burstMostM);
  const [east, north] = [random.gaussian(), random.gaussian()];
  const length = Math.sqrt(east * east + north * north);
  return {
    eastM: (offsetM * east) / length,
    northM: (offsetM * north) / length,
    offsetM,
    admitted: random.chance(model.admittedShare),
    samplesLeft: Math.max(1, Math.ceil(lengthMs / model.sampleMs)),
  };
}
