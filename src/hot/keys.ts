/**
 * Every key of a district. Other programs may read them all; only Beatwatch writes them. Values are JSON unless said.
 *
 * | key `bw:{<district>}:…` | type | what |
 * | --- | --- | --- |
 * | `log` | stream | the inputs, `k` = kind, `p` = protobuf payload (`proto/log.proto`); id = log time in ms and an ordinal |
 * | `genesis` | string | payload of the log's first entry, kept when the log is trimmed (protobuf) |
 * | `resumed` | list | `{"sinceMs","atMs","skippedToMs"}` of each `resume` entry: entries after it have a third field `t`, their log time, until the clock has reached their ids |
 * | `days` | hash by local date | `{"day","fromMs","toMs","settlements"}` of each settled day; `settlements`: for each of its settlements `{"digest","foldVersion","readToMs","visits","alerts","changes","unheld","unheldInAll","parts","logId","atMs"}`, oldest first |
 * | `cursor` | string | `{"logId","foldVersion","lastAlert","lastVisit"}`: the last committed entry and the last number of each stream below |
 * | `committing` | string | mark of the last commit in several parts that began; absent when no such commit is in progress |
 * | `positions` | hash by unit | latest position by event time: `{"unit","tracker","eventTimeMs","lng","lat","sigmaM","accuracyM","speedMps","courseDeg","power","batteryPercent","ignition","lightbar","sos"}`; degrees WGS-84, metres, m/s; null = the tracker did not send the field |
 * | `units` | hash by unit | `{"unit","health","onDuty","lastHeardMs","trackerFault","clockOffsetMs","places","refoldAtMs","statement"}`; `statement`: null, or `{"statementId","actor","at","notAt","untilMs","note","statedAtMs","endedMs","endedBy"}`, the last statement by radio about the unit |
 * | `coverage` | hash by place | `{"place","presence","units","possibleUnits","statedUnits","lastCoveredMs","lastUnit","dueMs"}`; of a route that a `route-pass` rule watches also `route`: `{"lengthM","segmentsSeenS","inferred","dueMs","pass","lastPass"}`: when each segment of about 100 m was seen last, seconds (0 = not yet), and how far who is on it has come |
 * | `tasks` | hash by task id | `{"taskId","actor","task","units","places","fromMs","toMs","reason"}`: tasks that are open or planned, or ended but may still explain an alert |
 * | `roster` | hash, field `now` | `{"kept","shifts","last","ids"}`: who crews which unit, as far as it may still count; `kept`: the times of which it says all crews, flat; `shifts`: `{"unit","fromMs","toMs","officers"}`; `last`: `{"rosterId","actor","reason","fromMs","toMs","loggedAtMs"}` of the last entry; `ids`: those of the last 20 |
 * | `plans` | hash by version | `{"version","sourceSha256","inForceFromMs","loggedAtMs","published"}`: every plan of the log; `published`: `{"actionId","actor","reason","basedOn"}`, or null when it came from the files of a server |
 * | `drafts` | hash by digest | payloads of `plan` entries (protobuf) of plans that were checked and not published yet; `drafts:until`: sorted set, until when each is kept (ms, by the clock of Redis) |
 * | `alerts` | stream | every version of every alert, field `json`; ids `1-0`, `2-0`, … without a hole. With an archive: those of the last day, and what is not archived yet |
 * | `visits` | stream | every version of every visit, in the same form as `alerts` |
 * | `visits:open` | hash by visit id | last version of each visit that is open and whose versions are trimmed from `visits` |
 * | `alerts:open` | hash by alert id | current version of each alert that is active or not acknowledged |
 * | `alerts:closed` | hash by alert id | last version of each alert that closed, as long as `alerts` has that version |
 * | `counters` | hash | fixes since genesis: `admitted`, `duplicate`, `flagged`, `refused`, and `flag:<why>` (integers) |
 * | `plan` | string | the plan in force |
 * | `snapshot` | string | `{"cursor","file","sha256","foldVersion","entryDigest"}`: the newest snapshot file of the engine |
 * | `snapshot:file` | hash by number | that file in chunks (bytes), where Redis is external; `snapshot:next`: the one being written |
 * | `archived` | string | log id up to which the log is in an archive: a copy of what its manifest says, for trimming |
 * | `trimmed` | string | how many entries Beatwatch has trimmed from the beginning of `log` (integer) |
 * | `trimmed:versions` | hash | `alerts`, `visits`: the last number that Beatwatch has trimmed from the stream; `alerts:lost`, `alerts:holes`, `alerts:hole:1`, …: versions that were missing when their neighbours were trimmed (count, stretches, `from-to`), and the same of `visits` |
 * | `skipped` | hash by log id | `{"error","atMs"}` of each entry that the engine could not fold |
 * | `accepted` | list | `{"actor","reason","atMs","losses","logEnd"}`: who accepted that these parts of the record are missing |
 * | `escalation` | string | `{"n","transition","atMs","by"}`: up to which version of `alerts`, and which log time, steps of escalations are made; `n` counts its changes |
 * | `escalation:rounds` | hash by alert id | `{"alertId","version","fromMs","heldSinceMs","policy","steps","told","alert"}`: of each alert that nobody acknowledged, what is told when, and how many steps were |
 * | `notices` | hash by notice id | a step of an escalation over one channel, and how its sending stands: those that wait, those that failed, and those that ended within a day |
 * | `notices:due:<channel>` | sorted set | messages that wait for the channel, `1|`, `2|`, `3|` (severity), `r|` (tried) or `d|` (digest) and its id; the score is when it is due (ms, by the clock of Redis) |
 * | `notices:sent:<channel>` | sorted set | attempts of the last minute; the score is when (ms) |
 * | `notices:claims` | hash by message id | which sender has claimed it; its score above says until when |
 * | `notices:digests` | hash by digest id | ids of the notices that a digest carries |
 * | `notices:ended`, `notices:failed` | sorted sets | ids of notices that were delivered or stopped; that were given up. The score is when (ms) |
 * | `notices:channels` | set | channels that notices were made for |
 * | `notices:off` | hash by channel | `{"atMs","fingerprint"}`: its receiver said that it is gone |
 * | `revoked` | sorted set | ids of revoked tokens; the score is when every token with the id has expired (ms) |
 * | `revoked:holders` | sorted set | `tracker:<id>` and `person:<account>`; the score is when all their tokens were revoked: the tokens that were made until then (ms) |
 * | `revocations` | string | how many members were added to these two sets |
 * | `connection` | hash by tracker | `{"connectionId","claim"}`: its newest connection, and how many it has had |
 * | `quotas` | hash by tracker | `{"usedBytes","atMs"}`: how much of its quota the tracker had used at this log time; absent: almost nothing |
 * | `engines` | hash by engine | `{"sha256","seenMs"}`: the district files that a running engine has, and when it reported them, by the clock of Redis |
 * | `planning` | string, expires | the engine whose turn it is to log a plan |
 * | `deployment` | string | an id that is made once; the channels' names contain it |
 * | `live:<database>:<deployment>` | shard channel | `{"logId","lastAlert","lastVisit","positions","units","coverage","tasks"}`: what a commit changed (null = deleted). Messages may be lost. The last four fields are absent when a commit changed too much: then read the hashes again |
 * | `takeover:<database>:<deployment>` | shard channel | `{"tracker","connectionId","claim"}`: a process closes its connections of this tracker that have a lower claim |
 *
 * Beside them, of no district: `bw:ticket:<ticket>` (string, expires): a live-socket ticket not yet redeemed.
 */
import { districtKey } from '../redis/district-key.js';

export const HOT_KEY_NAMES = {
  log: 'log',
  cursor: 'cursor',
  committing: 'committing',
  positions: 'positions',
  units: 'units',
  coverage: 'coverage',
  tasks: 'tasks',
  roster: 'roster',
  plans: 'plans',
  drafts: 'drafts',
  draftsUntil: 'drafts:until',
  alerts: 'alerts',
  visits: 'visits',
  openAlerts: 'alerts:open',
  closedAlerts: 'alerts:closed',
  openVisits: 'visits:open',
  counters: 'counters',
  plan: 'plan',
  snapshot: 'snapshot',
  archived: 'archived',
  trimmed: 'trimmed',
  trimmedVersions: 'trimmed:versions',
  skipped: 'skipped',
  accepted: 'accepted',
  escalation: 'escalation',
  rounds: 'escalation:rounds',
  notices: 'notices',
  noticeClaims: 'notices:claims',
  noticeDigests: 'notices:digests',
  endedNotices: 'notices:ended',
  failedNotices: 'notices:failed',
  noticeChannels: 'notices:channels',
  channelsOff: 'notices:off',
  revoked: 'revoked',
  revokedHolders: 'revoked:holders',
  revocations: 'revocations',
  connection: 'connection',
  quotas: 'quotas',
  engines: 'engines',
  planning: 'planning',
} as const;

export type HotKeys = Readonly<Record<keyof typeof HOT_KEY_NAMES, string>>;

export function hotKeys(district: string): HotKeys {
  const entries = Object.entries(HOT_KEY_NAMES).map(([name, suffix]) => [name, districtKey(district, suffix)]);
  return Object.fromEntries(entries) as HotKeys;
}

/** Messages that wait for a channel. */
export function dueNoticesKey(district: string, channel: string): string {
  return districtKey(district, `notices:due:${channel}`);
}

/** Attempts over a channel in the last minute. */
export function sentNoticesKey(district: string, channel: string): string {
  return districtKey(district, `notices:sent:${channel}`);
}

export function ticketKey(ticket: string): string {
  return `bw:ticket:${ticket}`;
}
