/**
 * Caps of the trackers' socket that no other folder needs; the shared ones are in `model/limits.ts`. Inclusive, as there:
 * the value named here still passes.
 */

/** Frames a second that one tracker may send, over all its sockets, in the long run: reports, heartbeats, garbage and pings alike. */
export const MAX_FRAMES_PER_S = 1_000;
/** Frames that one tracker may send at once, after a pause. */
export const FRAME_BURST = 2_000;
/** Parts of one message; a message in more closes the socket, empty parts too. */
export const MAX_FRAGMENTS = 16;
/** Frames sent in spite of one `too-fast` refusal, before its time to retry, until the socket is closed. */
export const MAX_TOO_FAST_FRAMES = 1_000;
/** Frames in a row that cannot be parsed, until the socket is closed. */
export const MAX_GARBAGE_IN_A_ROW = 10;
/** Reports of one socket not yet acknowledged; with more the socket is not read (small reports cost more than their bytes). */
export const MAX_UNACKNOWLEDGED_REPORTS = 4_096;
/** A socket with more than this many bytes of acks unsent is not read until it takes them. */
export const MAX_UNSENT_BYTES = 262_144;
/** Frame bytes that wait in one district for their append; with more, no socket that sends is read. */
export const MAX_DISTRICT_QUEUE_BYTES = 33_554_432;
/** A report that adds no more than this to an entry is a small one, bytes as `batchBytesBound` counts them: of some 20 fixes. */
export const LIVE_REPORT_BYTES = 1_024;
/** Small reports of trackers that have nothing else waiting may fill this part of an entry while other reports wait. */
export const LIVE_SHARE = 0.75;
/** What a tracker may add to an entry each time its turn comes: about 200 fixes. */
export const TURN_BYTES = 8_192;
/** A tracker with more reports than this unacknowledged sends a backlog, however small they are. */
export const LIVE_REPORTS = 64;
/**
 * What may wait in one district for its turn, bytes as `batchBytesBound` counts them, before trackers that send a backlog are read only in
 * turn: four full entries. More would only wait, and the reading of it would hold up live reports.
 */
export const MAX_WAITING_BYTES = 1_048_576;
/**
 * What may be logged of backlogs ahead of the engine while live reports come, bytes as `batchBytesBound` counts them: about 3,000 fixes, which an
 * engine admits and folds in a tenth of a second. An append and its commit take far less, so that it never waits for more.
 */
export const MAX_UNFOLDED_BYTES = 131_072;
/** Entries ahead of the engine that are remembered one by one. */
export const UNFOLDED_ENTRIES = 64;
/** So long after a live report a backlog keeps to the pace of the engine. */
export const LIVE_FOR_MS = 5_000;
/** An engine that has folded nothing of a backlog for this long is not waited for. */
export const ENGINE_STALLED_MS = 2_000;
/** How often it is looked whether the engine has come so far that more of a backlog may be logged. */
export const PACE_MS = 10;
/** What a socket that is read again is expected to bring at once, bytes: as much as Node reads of a socket. */
export const BYTES_PER_READ = 65_536;
/**
 * How much one tracker may make the log grow at once, bytes as `batchBytesBound` counts them (the log has about half): a day of
 * backlog at a fix a second, each in a report of its own, and more.
 */
export const TRACKER_QUOTA_BYTES = 16_777_216;
/** A tracker's quota (TRACKER_QUOTA_BYTES) is at most this part of what the store takes before everybody is refused. */
export const TRACKER_QUOTA_OF_ROOM = 1 / 16;
/** What a tracker that has used up its quota may make the log grow, bytes a second of log time: ten reports of one fix. */
export const QUOTA_BYTES_PER_S = 1_024;
/** What trackers have used of their quotas is stored this often. */
export const QUOTA_SAVE_MS = 5_000;
/** Trackers that have used no more than this of their quota are not stored. */
export const QUOTA_KEPT_ABOVE_BYTES = 65_536;
/** New connections that one tracker may open at once. */
export const CONNECT_BURST = 60;
/** New connections a second that one tracker may open in the long run. */
export const MAX_CONNECTS_PER_S = 1;

/** A heartbeat of a tracker is logged at most once in this much log time. */
export const HEARTBEAT_LOG_MS = 1_000;
/** A tracker's socket on which nothing came, or nothing went out, for this long is pinged: proxies cut quiet links, often after 60 s. */
export const TRACKER_PING_MS = 20_000;
/** Token life, idleness, pings, revocations and plan changes are looked at this often. */
export const SWEEP_MS = 1_000;
/** At most this much of the time between two sweeps counts against a silent socket. */
export const MAX_SWEEP_STEP_MS = 2 * SWEEP_MS;
/** A new connection that could not be stored as the tracker's newest for this long is closed. */
export const CLAIM_DEADLINE_MS = 5_000;
/** A socket whose closing handshake takes longer than this is cut. */
export const CLOSE_HANDSHAKE_MS = 3_000;
/** Graceful shutdown: after this long, sockets are cut with what they still wait for. */
export const SHUTDOWN_DEADLINE_MS = 10_000;
/** What a tracker is told to wait when the server does not know better. */
export const RETRY_AFTER_MS = 5_000;
