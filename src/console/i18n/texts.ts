import type { UnitHealth } from '../../model/hot.js';
import type { Mode, Names, Severity } from '../../model/plan.js';
import type { AlertState } from '../../protocol/alert-states.js';
import type { Standing } from '../board/rows.js';
import type { LiveTexts } from './live-texts.js';
import type { PlanTexts } from './plan-texts.js';
import type { TimeTexts } from './time-texts.js';
import type { WhatIfTexts } from './what-if-texts.js';
import type { SessionEnd } from '../store/state.js';

export type Language = keyof Names;

/** The rooms of the page: now, the plan, and the record. */
export type View = 'live' | 'plan' | 'time';

/** What the page says of its own; alerts bring their sentences in both languages. */
export interface Texts {
  readonly language: string;
  readonly otherLanguage: string;
  readonly theme: string;
  readonly district: string;
  readonly signIn: {
    readonly title: string;
    readonly token: string;
    readonly hint: string;
    readonly go: string;
    readonly out: string;
    readonly waiting: string;
    readonly unreachable: string;
    readonly purpose: string;
    readonly purposeHint: string;
  };
  readonly ended: Readonly<Record<SessionEnd, string>>;
  readonly link: {
    readonly connecting: string;
    readonly live: string;
    readonly away: (since: string, why: string) => string;
    readonly stale: (detail: string) => string;
    readonly lost: (from: number, to: number) => string;
    readonly noPlan: string;
  };
  readonly mode: Readonly<Record<Mode | 'none', string>>;
  readonly nextMode: (mode: string, at: string) => string;
  readonly strength: (onDuty: number, live: number, silent: number) => string;
  readonly board: {
    readonly title: string;
    readonly standing: Readonly<Record<Standing, string>>;
    readonly due: (span: string) => string;
    readonly overdue: (span: string) => string;
    readonly emptyFor: (span: string) => string;
    readonly pass: (percent: number) => string;
    readonly oldest: (span: string) => string;
    readonly unseen: (segments: number) => string;
    /** Stands between two names. */
    readonly between: string;
    readonly andMore: (names: string, more: number) => string;
    readonly there: (units: string) => string;
    readonly maybe: (units: string) => string;
    readonly stated: (units: string) => string;
    readonly nobody: string;
  };
  readonly alerts: {
    readonly title: (open: number) => string;
    readonly none: string;
    readonly more: (severity: string, count: number) => string;
    readonly severity: Readonly<Record<Severity, string>>;
    readonly state: Readonly<Record<AlertState, string>>;
    readonly acknowledge: string;
    readonly comment: string;
    readonly shelve: string;
    readonly shelveFor: string;
    readonly resolve: string;
    readonly reason: string;
    readonly send: string;
    readonly cancel: string;
    readonly history: string;
    readonly close: string;
    readonly version: (version: number, at: string) => string;
    readonly changed: string;
    readonly waiting: string;
    readonly failed: (why: string) => string;
  };
  readonly live: LiveTexts;
  readonly plan: PlanTexts;
  readonly whatIf: WhatIfTexts;
  readonly time: TimeTexts;
  readonly views: Readonly<Record<View, string>>;
  readonly distance: { readonly metres: (n: number) => string; readonly kilometres: (n: string) => string };
  readonly health: Readonly<Record<UnitHealth, string>>;
  readonly map: {
    readonly title: string;
    readonly position: (age: string) => string;
    readonly isAway: string;
    /** The tiles under the map do not come. */
    readonly groundIsAway: string;
  };
  readonly span: {
    readonly seconds: (n: number) => string;
    readonly minutes: (n: number) => string;
    readonly hours: (h: number, m: number) => string;
  };
  readonly keys: { readonly title: string; readonly rows: readonly (readonly [key: string, does: string])[] };
}
