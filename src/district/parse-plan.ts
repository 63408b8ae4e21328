import { DENSE_FACTOR, POSSIBLE_FOR_MS } from '../model/limits.js';
import { BUILT_IN_SCHEDULES, Calendar } from './calendar.js';
import { calendarNameFaults, coverageFaults, daysToCheck, scheduleFaults } from './calendar-faults.js';
import { checkShape } from './check-shape.js';
import { pointer, type Report, show } from './faults.js';
import { nearest } from './nearest.js';
import { type At, idsOf, itemsAt } from './parse-units.js';
import {
  type CalendarFile,
  CalendarSchema,
  type EscalationFile,
  EscalationSchema,
  PlanOutline,
  RULES,
  type RuleFile,
  type ScheduleFile,
  ScheduleSchema,
} from './plan-schemas.js';

export interface ParsedPlan {
  /** Null when the calendar's names, dates or windows are wrong. */
  readonly calendar: CalendarFile | null;
  /** Schedules without a fault. */
  readonly schedules: Readonly<Record<string, ScheduleFile>>;
  /** Every schedule name that may be referred to, built-in ones and those with faults too. */
  readonly scheduleNames: ReadonlySet<string>;
  readonly rules: readonly At<RuleFile>[];
  readonly escalation: readonly At<EscalationFile>[];
  readonly possibleForMs: number;
  readonly denseFactor: number;
  /** Days that stand for all others where intervals are compared. */
  readonly days: readonly number[];
}

/** `plan.json`; null when the file's outside is wrong. */
export function parsePlan(value: unknown, report: Report): ParsedPlan | null {
  if (!checkShape(PlanOutline, value, '', report)) return null;
  const calendar = parseCalendar(value.calendar, report);
  const schedules: Record<string, ScheduleFile> = {};
  for (const [name, raw] of Object.entries(value.schedules ?? {})) {
    const path = pointer('schedules', name);
    if (BUILT_IN_SCHEDULES.some((builtIn) => builtIn === name)) {
      report(path, `got the name ${show(name)}, which is built in, expected another`);
    } else if (checkShape(ScheduleSchema, raw, path, report)) {
      if (calendar === null || scheduleFaults(name, raw, calendar, report)) schedules[name] = raw;
    }
  }
  const days = calendar === null ? [] : daysToCheck(calendar, Object.values(schedules));
  if (calendar !== null) coverageFaults(new Calendar(calendar), days, report);
  idsOf(value.rules, 'rules', report);
  const escalation = value.escalation ?? [];
  idsOf(escalation, 'escalation', report);
  return {
    calendar,
    schedules,
    scheduleNames: new Set([...BUILT_IN_SCHEDULES, ...Object.keys(value.schedules ?? {})]),
    rules: itemsAt(value.rules, 'rules', (raw, path) => parseRule(raw, path, report)),
    escalation: itemsAt(escalation, 'escalation', (raw, path) =>
      checkShape(EscalationSchema, raw, path, report) ? raw : null,
    ),
    possibleForMs: (value.possibleForS ?? POSSIBLE_FOR_MS / 1_000) * 1_000,
    denseFactor: value.denseFactor ?? DENSE_FACTOR,
    days,
  };
}

function parseCalendar(raw: unknown, report: Report): CalendarFile | null {
  if (!checkShape(CalendarSchema, raw, '/calendar', report)) return null;
  return calendarNameFaults(raw, report) ? raw : null;
}

/** A rule without a fault of its own; null: the faults are reported. */
export function parseRule(raw: unknown, path: string, report: Report): RuleFile | null {
  const kind = typeof raw === 'object' && raw !== null && 'kind' in raw ? raw.kind : undefined;
  const schema = Object.entries(RULES).find(([name]) => name === kind)?.[1];
  if (schema === undefined) {
    const kinds = Object.keys(RULES);
    const near = typeof kind === 'string' ? nearest(kind, kinds) : null;
    const hint = near === null ? '' : `; did you mean "${near}"?`;
    report(`${path}/kind`, `got ${show(kind)}, expected one of ${kinds.map(show).join(', ')}${hint}`);
    return null;
  }
  return checkShape(schema, raw, path, report) ? raw : null;
}
