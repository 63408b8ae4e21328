import type { AreaPresence, TraceRow } from '../../model/trace.js';
import type { VisitVersion } from '../../model/visit.js';
import type { AlertAnswer } from '../../protocol/alert-states.js';
import type { CompiledPlan } from '../../model/plan.js';
import { type Ask, AskError } from '../socket/ask.js';
import type { DaySpan } from './local-day.js';
import { SEEN_FOR_MS } from './record-day.js';

/** What somebody looks at. */
export type Subject =
  | { readonly is: 'district' }
  | { readonly is: 'place'; readonly id: string }
  | { readonly is: 'unit'; readonly id: string };

/** A question about a day, and why it is asked. */
export interface Question {
  readonly subject: Subject;
  readonly span: DaySpan;
  /** What is shown first, UTC ms; null: the latest. */
  readonly atMs: number | null;
  readonly purpose: string;
}

/** What the record says of a day: all versions of visits and alerts, and of a unit its trace, of a place who was there. */
export interface RecordOfDay {
  readonly question: Question;
  /** What the district's clock showed when the reading began, ms. */
  readonly readAtMs: number;
  readonly plan: CompiledPlan | null;
  readonly visits: readonly VisitVersion[];
  readonly alerts: readonly AlertAnswer[];
  readonly traces: readonly TraceRow[];
  readonly presence: readonly AreaPresence[];
  readonly report: DayReport | null;
  /** Rows were left out, or are gone. */
  readonly isCut: boolean;
  readonly isMissing: boolean;
}

/** The settled report `presence` of the day; a row of a table has the fields of its columns. */
export interface DayReport {
  readonly reports: readonly {
    readonly tables: readonly {
      readonly name: string;
      readonly rows: readonly Readonly<Record<string, string | number | null>>[];
    }[];
  }[];
}

/** A page of rows, and how many pages are read of one question at most. */
const PAGE = 1_000;
const MOST_PAGES = 20;
export const MOST_ROWS = PAGE * MOST_PAGES;

/** Reads a day of the record. `tell` hears what is being read. */
export async function loadDay(
  ask: Ask,
  district: string,
  question: Question,
  o: { readonly signal: AbortSignal; readonly tell: (what: 'visits' | 'alerts' | 'traces') => void },
): Promise<RecordOfDay> {
  const { subject, span, purpose } = question;
  const base = `/v1/districts/${district}`;
  const range = new URLSearchParams({ from: String(span.fromMs), to: String(span.toMs) });
  const options = { purpose, signal: o.signal };
  const pages = new Pages(ask, options);
  const of = subject.is === 'district' ? '' : `&${subject.is}=${subject.id}`;
  const { nowMs: readAtMs } = (await ask(base, options)) as { readonly nowMs: number };
  o.tell('visits');
  const visits =
    subject.is === 'place'
      ? await pages.all<VisitVersion>(`${base}/places/${subject.id}/visits?${range}&versions=all`)
      : await pages.all<VisitVersion>(`${base}/visits?${range}&versions=all${of}`);
  o.tell('alerts');
  const alerts = await pages.all<AlertAnswer>(`${base}/alert-versions?${range}${of}`);
  o.tell('traces');
  const traces = subject.is === 'unit' ? await pages.all<TraceRow>(`${base}/traces?${range}&units=${subject.id}`) : [];
  const presence =
    subject.is === 'place' ? await pages.all<AreaPresence>(`${base}/places/${subject.id}/presence?${range}`) : [];
  const plan = (await ask(`${base}/plan?at=${span.fromMs + 43_200_000}`, options).catch((error: unknown) => {
    // There was none yet; anything else is no answer.
    if (error instanceof AskError && error.code === 'plan-missing') return null;
    throw error;
  })) as CompiledPlan | null;
  const { days } = (await ask(`${base}/reports`, options)) as { readonly days: readonly { readonly day: string }[] };
  const isSettled = days.some(({ day }) => day === span.day);
  const report = isSettled ? ((await ask(`${base}/reports/presence?day=${span.day}`, options)) as DayReport) : null;
  const { isCut, isMissing } = pages;
  return { question, readAtMs, plan, visits, alerts, traces, presence, report, isCut, isMissing };
}

/** The last positions of all units before an instant. */
export async function loadAround(
  ask: Ask,
  district: string,
  { atMs, purpose, signal }: { readonly atMs: number; readonly purpose: string; readonly signal: AbortSignal },
): Promise<readonly TraceRow[]> {
  const range = new URLSearchParams({ from: String(atMs - SEEN_FOR_MS), to: String(atMs + 1) });
  return await new Pages(ask, { purpose, signal }).all<TraceRow>(`/v1/districts/${district}/traces?${range}`);
}

interface PageAnswer {
  readonly items: readonly unknown[];
  readonly next: string | number | null;
  readonly missing?: readonly unknown[];
}

/** Reads all pages of a question, up to MOST_PAGES. */
class Pages {
  readonly #ask: Ask;
  readonly #options: { readonly purpose: string; readonly signal: AbortSignal };
  isCut = false;
  isMissing = false;

  constructor(ask: Ask, options: { readonly purpose: string; readonly signal: AbortSignal }) {
    this.#ask = ask;
    this.#options = options;
  }

  async all<Row>(path: string): Promise<readonly Row[]> {
    const rows: Row[] = [];
    let after = '';
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = (await this.#ask(`${path}&limit=${PAGE}${after}`, this.#options)) as PageAnswer;
      for (const row of answer.items) rows.push(row as Row);
      if ((answer.missing ?? []).length > 0) this.isMissing = true;
      if (answer.next === null) return rows;
      after = `&after=${answer.next}`;
    }
    this.isCut = true;
    return rows;
  }
}
