import type { AlertRule, Certainty } from './alert.js';
import { type Names, SEVERITIES, type Severity } from './plan.js';

/** What an operator can act on: EEMUA 191 and ISA-18.2 say about six alarms an hour. */
export const BUDGET_AN_HOUR = 6;

/** The alerts of one rule and severity. */
export interface LoadRow {
  readonly rule: AlertRule;
  readonly severity: Severity;
  /** How often they asked somebody to act. */
  readonly asked: number;
  readonly anHour: number;
  /** Of the alerts, how many were taken back later. */
  readonly alerts: number;
  readonly retracted: number;
}

/** What a plan asks of the people who act on its alerts, over a stretch of time. */
export interface AlertLoad extends Omit<LoadRow, 'rule' | 'severity'> {
  /** By rule, the severest first. */
  readonly rows: readonly LoadRow[];
  /** How often somebody was asked in each hour from the start on; the last may be shorter. */
  readonly hours: readonly number[];
  /** Hours with more than the operators can act on. */
  readonly hoursOverBudget: number;
  /** When the busiest hour began, ms, and how often it asked; null: nobody was asked. */
  readonly busiest: { readonly fromMs: number; readonly asked: number } | null;
}

/** An alert as one fold told it, up to the end of the fold. */
export interface ToldAlert {
  readonly alertId: string;
  readonly rule: AlertRule;
  readonly ruleId: string;
  /** `place:<id>`, `unit:<id>` or `district:<id>`: what it is about. */
  readonly subject: string;
  /** What it is about is called so. */
  readonly name: Names;
  readonly severity: Severity;
  readonly certainty: Certainty;
  /** When it asked somebody to act, log time, ms, oldest first: raised, reopened, or released from what had suppressed it. */
  readonly askedAtMs: readonly number[];
  /** When its condition held: the start of its first episode, and the end of the last, event time, ms; null: it goes on. */
  readonly fromMs: number;
  readonly toMs: number | null;
  /** Taken back: what came later showed that it had not been so. */
  readonly isRetracted: boolean;
}

/** What another plan would have told, beside what the plans of the record tell. */
export interface ComparedAlerts {
  /** Told under both: the same rule about the same subject, at times that meet. */
  readonly both: number;
  /** Told only by the plans of the record, and only by the one that is tried; by when they first asked. */
  readonly gone: readonly ToldAlert[];
  readonly added: readonly ToldAlert[];
}

/** What a plan would have told, beside what the plans of the record tell: the same log, folded by the same engine under both. */
export interface WhatIf extends ComparedAlerts {
  readonly district: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Entries of the log that were folded. */
  readonly entries: number;
  /** Log time of the last of them, ms: nothing is known of what came later. */
  readonly endsMs: number;
  /** The log ends before all that was told in the stretch was final: some of it may have been taken back yet. */
  readonly isOpen: boolean;
  /** SHA-256 of the files of the plan that was tried, and of those that were in force, oldest first; lower-case hex. */
  readonly tried: { readonly sourceSha256: string; readonly load: AlertLoad };
  readonly recorded: { readonly sourceSha256s: readonly string[]; readonly load: AlertLoad };
}

/** The rows of a rule and a severity under both plans, by rule, the severest first; undefined: there are none under that one. */
export interface RowPair {
  readonly rule: AlertRule;
  readonly severity: Severity;
  readonly recorded: LoadRow | undefined;
  readonly tried: LoadRow | undefined;
}

export function rowPairs({ recorded, tried }: Pick<WhatIf, 'recorded' | 'tried'>): readonly RowPair[] {
  const rules = [...new Set([...recorded.load.rows, ...tried.load.rows].map(({ rule }) => rule))].sort();
  const rowOf = ({ rows }: AlertLoad, rule: AlertRule, severity: Severity) =>
    rows.find((row) => row.rule === rule && row.severity === severity);
  return rules
    .flatMap((rule) =>
      SEVERITIES.map((severity) => ({
        rule,
        severity,
        recorded: rowOf(recorded.load, rule, severity),
        tried: rowOf(tried.load, rule, severity),
      })),
    )
    .filter((pair) => pair.recorded !== undefined || pair.tried !== undefined);
}
