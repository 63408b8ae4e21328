/** A course as a vector about one metre long. */
export interface CourseVector {
  readonly east: number;
  readonly north: number;
}

/** The same bits on every machine, which the runtime's sine is not: off by 0.0017 at most (Bhaskara's approximation). */
export function courseVector(courseCdeg: number): CourseVector {
  const degrees = courseCdeg / 100;
  return { east: sine(degrees), north: sine((degrees + 90) % 360) };
}

/** @param degrees from 0 to less than 360 */
function sine(degrees: number): number {
  const isUpper = degrees < 180;
  const x = isUpper ? degrees : degrees - 180;
  const bow = x * (180 - x);
  const value = (4 * bow) / (40_500 - bow);
  return isUpper ? value : -value;
}
