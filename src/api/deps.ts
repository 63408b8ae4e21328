import type { Door } from '../access/door.js';
import type { PlanFileName } from '../district/read-files.js';
import type { DistrictWarning } from '../district/warnings.js';
import type { TicketStore } from '../access/tickets.js';
import type { LiveUpdate } from '../hot/live-channel.js';
import type { LiveState, StreamPage } from '../hot/replies.js';
import type { VersionHistory } from '../log/version-history.js';
import type { AccessSearch, AccessSearchResult } from '../model/access-search.js';
import type { AlertVersion } from '../model/alert.js';
import type { DayMark, DaySettlement, SettledDay } from '../model/day-record.js';
import type { FixSearch, FixSearchResult } from '../model/fix-search.js';
import type { CoverageRecord, Cursor, PositionRecord, RosterRecord, TaskRecord, UnitRecord } from '../model/hot.js';
import type { AccessRead, ActionEntry, PlanEntry, RosterEntry, StatementEntry, TaskEntry } from '../model/log-entry.js';
import type { LogId } from '../model/log-id.js';
import type { LossAccepted, LossRecord } from '../model/losses.js';
import type { MapTiles } from '../model/map-tiles.js';
import type { CompiledPlan } from '../model/plan.js';
import type { ChannelRecord, NoticeList, NoticeRecord } from '../model/notice.js';
import type { PlanChange } from '../model/plan-change.js';
import type { PlanRecord } from '../model/plan-record.js';
import type { Clock, Logger, Metrics } from '../model/ports.js';
import type { RoadCollection } from '../model/roads.js';
import type { Holder, Identity } from '../model/roles.js';
import type { SkippedClearing, SkippedRecord } from '../model/skipped.js';
import type { Staleness } from '../model/staleness.js';
import type { VisitVersion } from '../model/visit.js';
import type { ReportFile, ReportTask } from '../reports/request.js';
import type { PresenceAnswer, PresenceQuery } from '../traces/presence-query.js';
import type { TraceAnswer, TraceQuery } from '../traces/trace-query.js';
import type { WhatIfQuestion } from '../days/what-if/what-if.js';
import type { WhatIf } from '../model/what-if.js';

/** What the API reads of a district's hot state; `HotStore` is one. */
export interface DistrictReads {
  readCursor(): Promise<Cursor | null>;
  waitForCursor(id: LogId, timeoutMs: number): Promise<boolean>;
  readLive(): Promise<LiveState>;
  readPositions(): Promise<readonly PositionRecord[]>;
  readUnits(): Promise<readonly UnitRecord[]>;
  readCoverage(): Promise<readonly CoverageRecord[]>;
  readTasks(): Promise<readonly TaskRecord[]>;
  /** Null: none is kept. */
  readRoster(): Promise<RosterRecord | null>;
  readOpenAlerts(): Promise<readonly AlertVersion[]>;
  readAlertVersions(alertId: string): Promise<readonly AlertVersion[]>;
  readAlerts(o: { readonly after: number; readonly count: number }): Promise<StreamPage<AlertVersion>>;
  readVisits(o: { readonly after: number; readonly count: number }): Promise<StreamPage<VisitVersion>>;
}

/** What of a version says which one it replaced. */
export interface VersionLink {
  readonly transition: number;
  readonly previous: number | null;
  readonly change?: string;
}

/** The streams of versions from their beginning, also where hot state has trimmed them. */
export interface VersionReads extends Pick<DistrictReads, 'readAlertVersions' | 'readAlerts' | 'readVisits'> {
  readAlertLinks(o: { readonly after: number; readonly count: number }): Promise<StreamPage<VersionLink>>;
  readVisitLinks(o: { readonly after: number; readonly count: number }): Promise<StreamPage<VersionLink>>;
}

/** What the archive had come to, signed; the fields are those that are signed, so an answer has no others. */
export interface ArchiveHead {
  readonly format: number;
  readonly district: string;
  readonly line: number;
  readonly sha256: string;
  readonly upTo: string;
  readonly madeAtMs: number;
  readonly kid: string;
  readonly signature: string;
}

export interface DistrictReports {
  /** Oldest first. */
  settledDays(): Promise<readonly SettledDay[]>;
  /** Codes: `day-unknown`, `settlement-gone`, `report-days-invalid`, `report-table-unknown`, `report-too-large`, `too-many-reports`. */
  make(task: ReportTask): Promise<ReportFile>;
}

export interface LiveListener {
  readonly onUpdate: (update: LiveUpdate) => void;
  /** Updates may be missing from before now: read the state again. */
  readonly onGap: () => void;
  readonly onError: (message: string) => void;
}

/** The record as auditors query it; `RecordReads` is one. */
export interface RecordHistory {
  traces(query: TraceQuery): Promise<TraceAnswer>;
  presence(query: PresenceQuery): Promise<PresenceAnswer>;
  readonly versions: VersionHistory;
  /** The plan in force at an instant; null: there was none, or nobody knows it any more. */
  planAt(atMs: number): Promise<CompiledPlan | null>;
  /** The last line of the archive's manifest; null: there is no archive here. */
  head(): Promise<{ readonly line: number; readonly sha256: string; readonly upTo: string } | null>;
}

/** An open alert that a plan would end. `removed`: it has no more what the alert is about. `hours`: its rule binds now, and by the plan it would not. */
export interface ClosedByPlan {
  readonly alert: AlertVersion;
  readonly why: 'removed' | 'hours';
}

/** Files that were checked, and what they would change. */
export interface PlanDraft {
  readonly plan: CompiledPlan;
  readonly warnings: readonly DistrictWarning[];
  /** What it would change of the plan in force; empty where there is none. */
  readonly changes: readonly PlanChange[];
  readonly inForce: CompiledPlan | null;
  /** Open alerts that would end if it took force now. */
  readonly closes: readonly ClosedByPlan[];
  /** The newest plan of the log, in force or not; null: there is none. */
  readonly newest: PlanRecord | null;
  /** By the clock of the store, ms. */
  readonly keptUntilMs: number;
}

/** Plans of a district that people draft and publish. */
export interface DistrictPlans {
  /** Plans of the log by version, oldest first. */
  records(): Promise<readonly PlanRecord[]>;
  /** Checks the files of a district folder, and keeps a plan of right ones. Codes `plan-invalid`, `too-many-drafts`, `draft-too-large`. */
  draft(texts: Readonly<Partial<Record<PlanFileName, string>>>): Promise<PlanDraft>;
  /** The draft, or the plan of the log, with this digest; null: there is none, or it is not kept any more. */
  find(sourceSha256: string): Promise<CompiledPlan | null>;
  /** Plans that are in force or wait, oldest first. Code `plan-unreadable`: the record lacks one of them. */
  standing(): Promise<readonly CompiledPlan[]>;
  /**
   * What a plan would have told. Codes `what-if-too-long`, `what-if-incomplete`, `what-if-too-large`, `too-many-what-ifs`, and those of reading
   * the log.
   */
  whatIf(plan: CompiledPlan, hours: Pick<WhatIfQuestion, 'fromMs' | 'toMs' | 'operators'>): Promise<WhatIf>;
}

/** One district as the API needs it. */
export interface ApiDistrict {
  readonly id: string;
  /** The clock of the district's log. */
  readonly clock: Clock;
  /** The plan in force, or null before the first. */
  plan(): CompiledPlan | null;
  /** What a map of the district is drawn on; another one whenever other roads were read. */
  roads(): RoadCollection;
  /** Why what is read of the district is not of now; null when it is. */
  staleness(): Staleness | null;
  readonly hot: DistrictReads;
  /** Reads of hot state over a connection of its own: what all live sockets hang on waits for no reader's pages. */
  readonly watch: Pick<DistrictReads, 'readCursor' | 'readLive' | 'readAlerts'>;
  /** Versions of any age, for whoever reads pages; a live socket resumes in hot state alone (Q2). */
  readonly versions: VersionReads;
  /** Copies of a unit's fixes and what was decided about each; codes `search-too-large`, `too-many-searches`. */
  searchFixes(search: FixSearch): Promise<FixSearchResult>;
  /** The head of the archive of a UTC day (`2026-11-24`), or for null the newest; null: there is none here. */
  archiveHead(day: string | null): Promise<ArchiveHead | null>;
  readonly plans: DistrictPlans;
  /** Queries of the record, of any age. */
  readonly history: RecordHistory;
  /** Who looked at what; code `too-many-searches`. */
  searchAccesses(search: AccessSearch): Promise<AccessSearchResult>;
  /** What settled days came to. */
  readonly reports: DistrictReports;
  /** Appends what people did. It may wait for as long as the signal lets it. */
  readonly log: {
    append(entry: ActionEntry | TaskEntry | StatementEntry | RosterEntry, signal: AbortSignal): Promise<LogId>;
    /** All of them, or none. */
    appendTogether(entries: readonly PlanEntry[], signal: AbortSignal): Promise<{ readonly id: LogId }>;
  };
  /** Records who looked at what; resolves once it is durable, rejects when it is not in time. */
  readonly accesses: { record(read: AccessRead, withinMs: number): Promise<void> };
  /** Listens to the lossy channel of state changes; returns the end of it. */
  subscribeLive(listener: LiveListener): () => void;
  /** Days that are settled, oldest first, and what a settlement says; code `settlement-gone` when the log does not have it any more. */
  readonly days: {
    list(): Promise<readonly SettledDay[]>;
    read(day: string, mark: DayMark): Promise<DaySettlement>;
  };
  /** Entries that could not be folded, and their clearing by whoever has looked at them. */
  readonly skipped: {
    list(): Promise<readonly SkippedRecord[]>;
    /** False: no such entry was skipped. */
    clear(id: LogId, clearing: SkippedClearing): Promise<boolean>;
  };
  /** Who was told of which alerts. */
  readonly notices: {
    /** The newest that were given up or ended, or the first that wait; at most so many, and how many there are. */
    list(of: NoticeList, most: number): Promise<{ readonly items: readonly NoticeRecord[]; readonly total: number }>;
    channels(): Promise<readonly ChannelRecord[]>;
    /** Null: there is no such notice; `moved`: it does not stand as given up. */
    sendAgain(
      noticeId: string,
      by: { readonly actor: string; readonly reason: string },
    ): Promise<NoticeRecord | 'moved' | null>;
  };
  /** What is gone from the record, and its acceptance by whoever knows of it. */
  readonly record: {
    list(): Promise<readonly LossRecord[]>;
    /** Null: another number than `open` has not been accepted yet. */
    accept(by: LossAccepted, open: number): Promise<readonly LossRecord[] | null>;
  };
  /** Revokes tokens that cover this district, in every process; code `too-many-revocations`. */
  readonly revocations: {
    revoke(tokenId: string, expiresAtMs: number): Promise<void>;
    /** Every token of a tracker or a person that was made until now; answers that instant. */
    revokeHolder(holder: Holder): Promise<number>;
  };
  /**
   * Sets the clock, ticks, waits until the engine has passed the tick and answers its entry. Present only where the clock
   * is virtual; code `clock-backwards` for an instant before now.
   */
  readonly setClock?: ((nowMs: number) => Promise<LogId>) | undefined;
}

export interface ApiDeps {
  /** The districts of this server, by district id. */
  readonly districts: ReadonlyMap<string, ApiDistrict>;
  /** Verifies a bearer token; rejects with a BeatwatchError whose code starts with `token-`. */
  verify(token: string): Promise<Identity>;
  /** Whether a token was found good before and has not ended: it costs nothing to verify again. */
  isKnown(token: string): boolean;
  /** What addresses may do before it is known who asks; the sockets of the process share it. */
  readonly door: Door;
  /** True for whom a revoked token spoke; asked at each request, and of live sockets every LIVE_SWEEP_MS. */
  isRevoked(identity: Identity): boolean;
  /** Reads what this process does not know yet of revocations; `verify` has done so. Code `state-unavailable`. */
  learnRevocations(identity: Identity): Promise<void>;
  readonly tickets: TicketStore;
  readiness(): Promise<readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[]>;
  readonly metrics: Metrics;
  readonly metricsText: { text(): Promise<string>; readonly contentType: string };
  readonly logger: Logger;
  /** Wall time, for the life of tokens and tickets. */
  readonly clock: Clock;
  /** Origins whose pages may open a live socket, besides those that send none. */
  readonly allowedOrigins: readonly string[];
  /** Where the console's page lies; null: it was not built, and nothing is served in its place. */
  readonly consoleFolder: string | null;
  /** The ground under the console's map; null: there is none. */
  readonly mapTiles: MapTiles | null;
  /** REQUESTS_PER_MINUTE by default. */
  readonly requestsPerMinute?: number | undefined;
  /** How long a request may take to come whole; MAX_REQUEST_MS by default. */
  readonly requestMs?: number | undefined;
  /** How long a query of the record may take, with a page or a file; MAX_QUERY_MS and MAX_STREAM_MS by default. */
  readonly queryMs?: number | undefined;
}
