import { BeatwatchError, messageOf } from '../model/errors.js';
import type { ApiDistrict, DistrictReads } from './deps.js';
import { apiError, isApiErrorCode } from './errors.js';

/** Reads hot state; a failure of the store is code `state-unavailable` to the caller. */
export async function readState<Result>(
  district: ApiDistrict,
  read: (hot: DistrictReads) => Promise<Result>,
): Promise<Result> {
  try {
    return await read(district.hot);
  } catch (error) {
    if (error instanceof BeatwatchError && isApiErrorCode(error.code)) throw error;
    throw apiError(
      'state-unavailable',
      `the state of ${district.id} could not be read: got ${messageOf(error)}, expected an answer of its store`,
      { district: district.id },
    );
  }
}
