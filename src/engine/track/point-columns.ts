import type { PositionE7 } from '../../model/position.js';
import type { TrackPoint } from './fold.js';

/** Positions in columns: working memory that is filled anew for each question, so that none of them is an object. */
export class PointColumns {
  length = 0;
  timesMs = new Float64Array(64);
  lngE7 = new Int32Array(64);
  latE7 = new Int32Array(64);
  sigmaM = new Float64Array(64);

  clear(): void {
    this.length = 0;
  }

  add({ eventTimeMs, lngE7, latE7, sigmaM }: TrackPoint): void {
    if (this.length === this.timesMs.length) this.#grow();
    this.timesMs[this.length] = eventTimeMs;
    this.lngE7[this.length] = lngE7;
    this.latE7[this.length] = latE7;
    this.sigmaM[this.length] = sigmaM;
    this.length += 1;
  }

  positionAt(index: number): PositionE7 {
    return { lngE7: this.lngE7[index] as number, latE7: this.latE7[index] as number };
  }

  #grow(): void {
    const room = 2 * this.length;
    const { timesMs, lngE7, latE7, sigmaM } = this;
    this.timesMs = new Float64Array(room);
    this.timesMs.set(timesMs);
    this.lngE7 = new Int32Array(room);
    this.lngE7.set(lngE7);
    this.latE7 = new Int32Array(room);
    this.latE7.set(latE7);
    this.sigmaM = new Float64Array(room);
    this.sigmaM.set(sigmaM);
  }
}
