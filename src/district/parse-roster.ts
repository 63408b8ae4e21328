import { MAX_ROSTER_MS, MAX_ROSTER_OFFICERS, type RosterShift } from '../model/roster.js';
import { unknownName } from './calendar-faults.js';
import { checkShape } from './check-shape.js';
import { cleanTexts } from './clean-texts.js';
import { type FaultList, type Report, show } from './faults.js';
import { instantMs, iso } from './parse-order.js';
import { itemsAt } from './parse-units.js';
import { RosterOutline, ShiftSchema } from './roster-schemas.js';

/** What faults of a roster call its file. */
export const ROSTER_FILE = 'roster.json';

const MAX_DAYS = MAX_ROSTER_MS / 86_400_000;

/** A roster's file, read. */
export interface ReadRoster {
  readonly fromMs: number;
  readonly toMs: number;
  /** Empty: the file says none. */
  readonly reason: string;
  /** By unit, then by when they begin. */
  readonly shifts: readonly RosterShift[];
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}
/** A shift, and where in the file it stands. */
interface ShiftAt extends RosterShift {
  readonly path: string;
}

/**
 * Checks a roster; everything that is wrong with it is in the faults, and then nothing is answered.
 *
 * @param units ids of the units of the plan
 */
export function parseRoster(
  raw: unknown,
  { units, nowMs }: { readonly units: readonly string[]; readonly nowMs: number },
  faults: FaultList,
): ReadRoster | null {
  const report = faults.in(ROSTER_FILE);
  const before = faults.count;
  const value = cleanTexts(raw, report);
  if (faults.count > before || !checkShape(RosterOutline, value, '', report)) return null;
  const when = spanOf(value, '', report);
  if (when !== null) timeFaults(when, nowMs, report);
  const items = itemsAt(value.shifts, 'shifts', (shift, path) =>
    checkShape(ShiftSchema, shift, path, report) ? shift : null,
  );
  const shifts: ShiftAt[] = [];
  for (const { item, path } of items) {
    const { unit, from = value.from, to = value.to, officers } = item;
    if (!units.includes(unit)) report(`${path}/unit`, unknownName('unit', unit, units));
    const own = spanOf({ from, to }, path, report);
    if (own === null || when === null) continue;
    if (own.fromMs < when.fromMs)
      report(`${path}/from`, `got ${show(from)}, expected an instant from the roster's own on, ${iso(when.fromMs)}`);
    if (own.toMs > when.toMs)
      report(`${path}/to`, `got ${show(to)}, expected an instant up to the roster's own, ${iso(when.toMs)}`);
    shifts.push({ unit, ...own, officers: officers.toSorted(), path });
  }
  shifts.sort((a, b) => (a.unit === b.unit ? a.fromMs - b.fromMs : a.unit < b.unit ? -1 : 1));
  overlaps(shifts, report);
  if (faults.count > before || when === null) return null;
  return { ...when, reason: value.reason ?? '', shifts: shifts.map(({ path: _, ...shift }) => shift) };
}

function spanOf(
  { from, to }: { readonly from: string; readonly to: string },
  path: string,
  report: Report,
): Span | null {
  const [fromMs, toMs] = [instantMs(from, `${path}/from`, report), instantMs(to, `${path}/to`, report)];
  if (fromMs === null || toMs === null) return null;
  if (fromMs < toMs) return { fromMs, toMs };
  report(`${path}/to`, `got ${show(to)}, expected an instant after from, ${show(from)}`);
  return null;
}

function timeFaults({ fromMs, toMs }: Span, nowMs: number, report: Report): void {
  if (toMs <= nowMs) report('/to', `got ${iso(toMs)}, expected an instant to come: what is past was judged already`);
  if (toMs - fromMs > MAX_ROSTER_MS) report('/to', `got ${iso(toMs)}, expected at most ${MAX_DAYS} days after from`);
  if (toMs > nowMs + MAX_ROSTER_MS)
    report('/to', `got ${iso(toMs)}, expected at most ${MAX_DAYS} days ahead, ${iso(nowMs + MAX_ROSTER_MS)}`);
}

/** One crew on a unit, and one unit for an officer, at an instant. */
function overlaps(shifts: readonly ShiftAt[], report: Report): void {
  let count = 0;
  const byOfficer = new Map<string, ShiftAt>();
  const byUnit = new Map<string, ShiftAt>();
  for (const shift of shifts.toSorted((a, b) => a.fromMs - b.fromMs)) {
    count += shift.officers.length;
    const before = latest(byUnit, shift.unit, shift);
    if (before !== null)
      report(
        shift.path,
        `got a second shift on "${shift.unit}" at the time of ${before.path}, expected one at an instant`,
      );
    for (const officer of shift.officers) {
      const other = latest(byOfficer, officer, shift);
      if (other !== null && other.unit !== shift.unit)
        report(
          `${shift.path}/officers`,
          `got "${officer}", who is on "${other.unit}" at that time by ${other.path}, expected an officer on one unit at an instant`,
        );
    }
  }
  if (count > MAX_ROSTER_OFFICERS)
    report(
      '/shifts',
      `got ${count} officers in all shifts together, expected at most ${MAX_ROSTER_OFFICERS}; write two rosters`,
    );
}

/** The shift before that still goes on as this one begins; null: none does. Keeps the one that ends last. */
function latest(known: Map<string, ShiftAt>, name: string, shift: ShiftAt): ShiftAt | null {
  const before = known.get(name);
  if (before === undefined || before.toMs < shift.toMs) known.set(name, shift);
  return before !== undefined && before.toMs > shift.fromMs ? before : null;
}
