import { BeatwatchError, messageOf } from '../model/errors.js';
import type { ApiDistrict, DistrictReads } from './deps.js';
import { apiError, isApiErrorCode } from './errors.js';

/** Reads hot state; a failure of the store is code `state-unavailable` to the caller. */
export function readState<Result>(
  district: ApiDistrict,
  read: (hot: DistrictReads) => Promise<Result>,
): Promise<Result> {
  return readDistrict(district, () => read(district.hot));
}

/** Reads anything of a district; a failure of the store is code `state-unavailable` to the caller. */
export async function readDistrict<Result>(district: ApiDistrict, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BeatwatchError && isApiErrorCode(error.code)) throw error;
    throw apiError(
      'state-unavailable',
      `the store of ${district.id} did not answer (${messageOf(error)}); try again in a few seconds`,
      { district: district.id },
    );
  }
}
