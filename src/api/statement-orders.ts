import type { StatementRecord } from '../model/hot.js';
import { MAX_STATEMENT_MS } from '../model/limits.js';
import type { StatementEntry } from '../model/log-entry.js';
import { appendAct, type Unjudged, unjudged } from './append-act.js';
import type { ApiDistrict } from './deps.js';
import { apiError } from './errors.js';
import { isoText } from './instants.js';
import { readState } from './read-state.js';
import { refuseOutsidePlan } from './unknown.js';
import { requestInvalid } from './validation.js';

/** The statement as it stands, `created` by this call or not; or, where the engine has not come to the entry, that entry. */
export type StatementOutcome = { readonly statement: StatementRecord; readonly created: boolean } | Unjudged;

/**
 * Appends what a supervisor states of a unit. The same again answers the statement as it stands by then. Codes besides those of the
 * log: `request-invalid`, `plan-missing`, `unit-unknown`, `place-unknown`, `statement-id-used`, `statement-not-standing`.
 */
export async function stateUnit(district: ApiDistrict, entry: StatementEntry): Promise<StatementOutcome> {
  const before = await statementOf(district, entry.unit);
  if (before?.statementId === entry.statementId) return { statement: theSame(before, entry), created: false };
  checkUntil(district, entry);
  checkWhat(district, entry);
  const { logId, passed } = await appendAct(district, entry);
  if (!passed) return unjudged(district, logId);
  const after = await statementOf(district, entry.unit);
  if (after?.statementId === entry.statementId) return { statement: theSame(after, entry), created: true };
  const message = `statement ${entry.statementId} is in log entry ${logId.ms}-${logId.seq}, but it is not the last one about ${entry.unit}: another statement followed, or its id was used before; read the unit to see the last one`;
  throw apiError('statement-not-standing', message, { statementId: entry.statementId, statement: after });
}

async function statementOf(district: ApiDistrict, unit: string): Promise<StatementRecord | null> {
  const units = await readState(district, (hot) => hot.readUnits());
  return units.find((record) => record.unit === unit)?.statement ?? null;
}

/** The standing statement if it is what was said; its time is asked for by an instant, so it stays the same. */
function theSame(standing: StatementRecord, entry: StatementEntry): StatementRecord {
  const same =
    standing.at === entry.at &&
    standing.notAt.join() === entry.notAt.join() &&
    standing.untilMs === entry.untilMs &&
    standing.note === entry.note;
  if (same) return standing;
  const { statementId, unit } = entry;
  const message = `got another statement with id ${statementId}, expected an id that no statement about ${unit} has`;
  throw apiError('statement-id-used', message, { got: statementId, statement: standing });
}

/** A slip of the pen. The engine looks again, by the log's time. */
function checkUntil({ clock }: ApiDistrict, { untilMs }: StatementEntry): void {
  const nowMs = clock.nowMs();
  if (untilMs > nowMs && untilMs <= nowMs + MAX_STATEMENT_MS) return;
  const expected = `an instant after now, ${isoText(nowMs)}, and at most ${MAX_STATEMENT_MS / 3_600_000} h ahead, until ${isoText(nowMs + MAX_STATEMENT_MS)}`;
  throw requestInvalid([{ path: 'body/until', got: isoText(untilMs), expected }]);
}

function checkWhat(district: ApiDistrict, { unit, at, notAt }: StatementEntry): void {
  if (district.plan() === null) {
    throw apiError('plan-missing', `no plan is in force in ${district.id}; try again when one is`);
  }
  refuseOutsidePlan(district, { places: at === null ? notAt : [at], units: [unit] });
}
