/** Caps of the HTTP and live side, inclusive, one named constant each. */

/** Connections that may wait to be accepted, where the system allows it: a whole fleet or shift comes back at once. */
export const LISTEN_BACKLOG = 4_096;
/** Largest body of a request, bytes. */
export const MAX_BODY_BYTES = 16_384;
/** Longest path parameter; an alert id is the longest, below 100. */
export const MAX_PARAMETER_CHARS = 160;
/** Records on one page, and when the request does not say. */
export const MAX_PAGE = 1_000;
export const DEFAULT_PAGE = 100;
/** Longest time that one search of fixes may ask for: of event times, and of log times. */
export const MAX_FIX_SPAN_MS = 6 * 3_600_000;
export const MAX_FIX_LOG_MS = 24 * 3_600_000;
/** Longest period that a query of the record may ask for. */
export const MAX_RECORD_SPAN_MS = 366 * 86_400_000;
/** Visits or alerts that the period of one query may have. */
export const MAX_VERSIONED = 10_000;
/** Queries of the record that run at once, in this process and with one token; files that are being sent count. */
export const MAX_QUERIES = 4;
export const MAX_QUERIES_PER_TOKEN = 2;
/** A query that answers with a page is given up after this long, and a file that is being sent after that. */
export const MAX_QUERY_MS = 30_000;
export const MAX_STREAM_MS = 1_800_000;
/** Largest body of a request that asks about an area, bytes. */
export const MAX_AREA_BODY_BYTES = 262_144;
/** Largest body of a request that drafts a plan, bytes: the files of a district folder. */
export const MAX_PLAN_BODY_BYTES = 8_388_608;
/** Largest body of a request that makes an operation order, bytes. */
export const MAX_ORDER_BODY_BYTES = 262_144;
/** Largest body of a request that sets a roster, bytes. */
export const MAX_ROSTER_BODY_BYTES = 524_288;
/** Changes, and alerts that would end, that the answer to a draft names. */
export const MAX_DRAFT_CHANGES = 1_000;
/** Days that one report may be of. */
export const MAX_REPORT_DAYS = 31;
/** Units that one answer to `nearest-units` names. */
export const MAX_NEAREST_UNITS = 50;
/** Stream entries that one page looks through: a narrow filter may give a short page with more to come. */
export const MAX_SCAN = 20_000;
/** Stretches of missing versions that one answer names. */
export const MAX_MISSING = 100;
/** Stream entries in one read. */
export const SCAN_CHUNK = 1_000;
/** Longest time that one search of the access record may ask for. */
export const MAX_ACCESS_SPAN_MS = 31 * 86_400_000;
/** Longest account name that a search of the access record takes, characters. */
export const MAX_ACTOR_CHARS = 200;
/** Longest comment of an action or reason of a task, purpose of a read and action id, characters. */
export const MAX_COMMENT_CHARS = 500;
export const MAX_PURPOSE_CHARS = 200;
export const MAX_ACTION_ID_CHARS = 64;
/** Units, and places, that one task names. */
export const MAX_TASK_IDS = 100;
/** A task lasts at most this long, and begins at most this long before or after now. */
export const MAX_TASK_MS = 31 * 86_400_000;
/** How long an append may take before the caller is told that the log is away. */
export const APPEND_WAIT_MS = 5_000;
/** Reads of one district that wait to be recorded, bytes of their entries; with more, reads are refused. */
export const MAX_WAITING_ACCESS_BYTES = 33_554_432;
/** How long an action or a task waits for the engine before it answers 202. */
export const ACTION_WAIT_MS = 5_000;
/** Header fields of a request. */
export const MAX_HEADERS = 100;
/** Objects and lists in a body that stand in one another. */
export const MAX_BODY_DEPTH = 16;
/** Largest header block of a request, bytes. */
export const MAX_HEADER_BYTES = 16_384;
/** Requests of one connection that wait for the answer before theirs; a connection with more is cut. */
export const MAX_PIPELINED_REQUESTS = 16;
/** Bytes of answers that wait for their readers, of all connections; above it those that wait longest are cut. */
export const MAX_UNSENT_ANSWER_BYTES = 33_554_432;
/** A request's header has come whole after this long, and all of it after that, or the connection is ended with 408. */
export const MAX_HEADER_MS = 10_000;
export const MAX_REQUEST_MS = 20_000;
/** How often requests are looked at for that. */
export const REQUEST_CHECK_MS = 1_000;
/** A connection on which nothing moves for this long, while it is owed an answer, is cut. */
export const ANSWER_STALL_MS = 60_000;
/** A connection without a request is closed after this long: later than a proxy would forget it. */
export const KEEP_ALIVE_MS = 72_000;
/** Requests of one token in a minute, refused ones included. */
export const REQUESTS_PER_MINUTE = 1_200;

/** Largest message that a supervisor's socket may send, bytes. */
export const MAX_LIVE_MESSAGE_BYTES = 4_096;
/** Ids in one filter. */
export const MAX_FILTER_IDS = 100;
/** A live socket is pinged this often, and dropped when it has not answered by the next one. */
export const LIVE_PING_MS = 20_000;
/** Live sockets whose token was revoked are looked for this often. */
export const LIVE_SWEEP_MS = 500;
/** Alert transitions sent at once to a socket that catches up; it must take them before it gets more. */
export const CATCH_UP_PAGE = 500;
/** The alerts' stream is read on at least this often, whatever the channel says. */
export const FEED_POLL_MS = 1_000;
/** Changes of state that come without an alert go out at most this often: who watches a map sees no difference, and each write costs. */
export const STATE_EVERY_MS = 100;
/** The first socket of a district waits at most this long for the channel of state changes. */
export const LISTEN_WAIT_MS = 2_000;
/** Live sockets of one process, and of one token. */
export const MAX_LIVE_SOCKETS = 2_000;
export const MAX_LIVE_SOCKETS_PER_TOKEN = 16;
/** Messages that one live socket may send in a minute. */
export const LIVE_MESSAGES_PER_MINUTE = 60;
/** Pings and pongs that one live socket may send in a minute. */
export const LIVE_CONTROLS_PER_MINUTE = 600;
/** Parts of one message of a live socket; a message in more closes it, empty parts too. */
export const MAX_LIVE_FRAGMENTS = 16;
/** A live socket whose closing handshake takes longer than this is cut; at shutdown, LIVE_SHUTDOWN_MS. */
export const LIVE_CLOSE_HANDSHAKE_MS = 10_000;
/** At shutdown, live sockets whose closing handshake takes longer than this are cut. */
export const LIVE_SHUTDOWN_MS = 1_000;
