/** One metric as it is declared: every name that the code counts under stands in METRICS, with a bounded set of labels. */
export interface MetricDeclaration {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, inclusive, of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

/** Milliseconds, from one group commit to a stuck disk. */
const MILLISECONDS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
/** Things in one batch. */
const BATCH = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000];

/** All metrics by name. `district` is bounded by the configuration, every other label by a closed set in the code. */
export const METRICS: Readonly<Record<string, MetricDeclaration>> = {
  // Trackers
  beatwatch_ingest_sockets: gauge("Trackers' sockets open now.", ['district']),
  beatwatch_ingest_resting_sockets: gauge("Trackers' sockets that are not read until acks catch up.", ['district']),
  beatwatch_ingest_upgrade_refusals_total: counter('Sockets refused before they were open, by code.', ['code']),
  beatwatch_ingest_closes_total: counter("Trackers' sockets that the server closed, by reason.", [
    'district',
    'reason',
  ]),
  beatwatch_ingest_reports_total: counter('Reports taken for the log.', ['district']),
  beatwatch_ingest_refusals_total: counter('Reports refused, by code.', ['district', 'code']),
  beatwatch_ingest_trackers_over_quota: gauge('Trackers that are refused because they used up their quota.', [
    'district',
  ]),
  beatwatch_ingest_fixes_total: counter('Fixes logged, valid or rejected.', ['district', 'disposition']),
  beatwatch_ingest_flush_fixes: histogram('Fixes in one append.', ['district'], BATCH),
  beatwatch_ingest_append_ms: histogram(
    'Time of one append until it is durable, milliseconds.',
    ['district'],
    MILLISECONDS,
  ),
  // Log
  beatwatch_log_entries_total: counter('Entries appended, by kind.', ['district', 'kind']),
  beatwatch_log_bytes_total: counter('Bytes of payload appended, by kind.', ['district', 'kind']),
  beatwatch_log_repeats_total: counter('Appends made again because their outcome was unknown.', ['district']),
  beatwatch_log_ahead_ms: gauge("How far the log's last entry is ahead of the clock, milliseconds; 0: not.", [
    'district',
  ]),
  beatwatch_clock_difference_ms: gauge("Redis's clock minus this process's, milliseconds.", []),
  // Engine
  beatwatch_engine_entries_total: counter('Entries folded and committed.', ['district']),
  beatwatch_engine_waiting_units: gauge('Units whose late fixes wait to be taken up.', ['district']),
  beatwatch_snapshot_failures_total: counter('Snapshots that could not be written.', ['district']),
  beatwatch_engine_reloads_total: counter('Times that the engine threw its state away and loaded it again.', [
    'district',
    'reason',
  ]),
  beatwatch_engine_thread_faults_total: counter('Times that a thread of engines died, hung or ran out of memory.', [
    'reason',
  ]),
  beatwatch_alert_transitions_total: counter('Versions of alerts, by rule and change.', ['district', 'rule', 'change']),
  beatwatch_visit_transitions_total: counter('Versions of visits.', ['district']),
  beatwatch_engine_lag_ms: gauge('Log time between the last folded entry and the last one, milliseconds.', [
    'district',
  ]),
  beatwatch_engine_lag_age_ms: gauge('How long the first entry that is not folded has waited, milliseconds.', [
    'district',
  ]),
  beatwatch_district_stale: gauge('1 while what the district shows is not of now, by reason.', ['district', 'reason']),
  beatwatch_district_files_in_force: gauge('1 while the plan in force is of the district files of this engine.', [
    'district',
  ]),
  beatwatch_record_missing: gauge('Log entries, versions of alerts and of visits that are gone from the store.', [
    'district',
    'what',
  ]),
  beatwatch_open_alerts: gauge('Alerts that are active or not acknowledged, by severity.', ['district', 'severity']),
  // Notices
  beatwatch_notices_total: counter('Notices of escalations that ended, by outcome.', ['district', 'outcome']),
  beatwatch_notice_attempts_total: counter('Attempts to send, by how they went.', ['district', 'code']),
  beatwatch_notices_waiting: gauge('Notices that wait to be taken by their channel.', ['district']),
  // Redis
  beatwatch_log_memory_bytes: gauge("Memory of the district's log in Redis, as Redis estimates it.", ['district']),
  beatwatch_redis_used_memory_bytes: gauge('Memory that Redis uses; acks stop at 80 % of its maxmemory.', []),
  beatwatch_redis_aof_bytes: gauge("Size of Redis's append-only file.", []),
  beatwatch_redis_free_disk_bytes: gauge('Free space of the volume that Redis writes to.', []),
  // HTTP and live sockets
  beatwatch_api_requests_total: counter('HTTP requests answered, by route and status.', ['route', 'status']),
  beatwatch_api_request_ms: histogram('Time from a request to its answer, milliseconds.', ['route'], MILLISECONDS),
  beatwatch_api_connections_cut_total: counter('Connections cut for what they cost, by reason.', ['reason']),
  beatwatch_live_sockets: gauge("Supervisors' live sockets open now.", ['district']),
  beatwatch_live_messages_total: counter('Messages sent over live sockets, by type.', ['district', 'type']),
  beatwatch_live_skipped_total: counter('State changes that slow live sockets skipped for a later one.', ['district']),
  beatwatch_live_closed_total: counter('Live sockets that the server closed, by close code.', ['district', 'code']),
};

function counter(help: string, labels: readonly string[]): MetricDeclaration {
  return { type: 'counter', help, labels };
}

function gauge(help: string, labels: readonly string[]): MetricDeclaration {
  return { type: 'gauge', help, labels };
}

function histogram(help: string, labels: readonly string[], buckets: readonly number[]): MetricDeclaration {
  return { type: 'histogram', help, labels, buckets };
}
