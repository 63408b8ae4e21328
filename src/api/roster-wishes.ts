import { FaultList } from '../district/faults.js';
import { parseRoster, type ReadRoster, ROSTER_FILE } from '../district/parse-roster.js';
import type { RosterRecord } from '../model/hot.js';
import { MAX_KEPT_SHIFTS } from '../model/roster.js';
import { appendAct, type Unjudged, unjudged } from './append-act.js';
import type { ApiDistrict } from './deps.js';
import { apiError } from './errors.js';
import { readState } from './read-state.js';

export interface RosterWish {
  /** The caller's own: a repeat of it does nothing. */
  readonly rosterId: string;
  readonly actor: string;
  /** The roster as its file says it. */
  readonly roster: object;
}

/** The roster as it is kept, `created` by this call or not; or, where the engine has not come to the entry, that entry. */
export type RosterOutcome = { readonly roster: RosterRecord; readonly created: boolean } | Unjudged;

/**
 * Appends a roster: from now on it says all crews of its time. The same again answers what is kept by then. Codes besides those of the log:
 * `roster-invalid`, `plan-missing`.
 */
export async function setRoster(
  district: ApiDistrict,
  { rosterId, actor, roster }: RosterWish,
): Promise<RosterOutcome> {
  const before = await readState(district, (hot) => hot.readRoster());
  if (before?.ids.includes(rosterId) === true) return { roster: before, created: false };
  const plan = district.plan();
  if (plan === null) throw apiError('plan-missing', `no plan is in force in ${district.id}; try again when one is`);
  const faults = new FaultList();
  const context = { units: plan.units.map(({ id }) => id), nowMs: district.clock.nowMs() };
  const read = parseRoster(roster, context, faults);
  if (read === null) throw invalid(faults);
  refuseTooMany(before, read);
  const { logId, passed } = await appendAct(district, { kind: 'roster', rosterId, actor, ...read });
  if (!passed) return unjudged(district, logId);
  const after = await readState(district, (hot) => hot.readRoster());
  if (after?.ids.includes(rosterId) === true) return { roster: after, created: true };
  throw tooMany();
}

function invalid(faults: FaultList): Error {
  const { listed, unlisted } = faults.all;
  const named = listed.map(({ path, reason }) => `${path}: ${reason}`);
  const more = named.length > 3 ? '; …' : '';
  const message = `got ${faults.count} faults in the roster, expected none: ${named.slice(0, 3).join('; ')}${more}`;
  return apiError('roster-invalid', message, { faults: listed, unlisted });
}

/** Of shifts that are kept, those within its time make room. */
function refuseTooMany(before: RosterRecord | null, { fromMs, toMs, shifts }: ReadRoster): void {
  const kept = (before?.shifts ?? []).filter((shift) => shift.fromMs < fromMs || shift.toMs > toMs);
  if (kept.length + shifts.length > MAX_KEPT_SHIFTS) throw tooMany();
}

function tooMany(): Error {
  const reason = `got more than ${MAX_KEPT_SHIFTS} shifts with those that are kept, expected at most that; say fewer days ahead`;
  const fault = { file: ROSTER_FILE, path: '/shifts', reason };
  return apiError('roster-invalid', reason, { faults: [fault], unlisted: 0 });
}
