import { messageOf } from '../model/errors.js';
import type { AccessRead } from '../model/log-entry.js';
import type { Identity } from '../model/roles.js';
import type { ApiDistrict } from './deps.js';
import { apiError } from './errors.js';
import { APPEND_WAIT_MS } from './limits.js';

/**
 * Records who looked at what in the district's log, together with the reads of others. One that is given up may still come to
 * stand there: then it tells of a read that was not answered, which is the harmless side.
 */
export async function recordAccess(
  district: ApiDistrict,
  { subject, role }: Identity,
  read: Pick<AccessRead, 'purpose' | 'what' | 'parameters' | 'records'>,
): Promise<void> {
  try {
    await district.accesses.record({ actor: subject, role, ...read }, APPEND_WAIT_MS);
  } catch (error) {
    throw apiError(
      'access-log-unavailable',
      `the log of ${district.id} did not store the record of this read within ${APPEND_WAIT_MS} ms (${messageOf(error)}), so the read is not answered; try again in a few seconds`,
      { district: district.id },
    );
  }
}
