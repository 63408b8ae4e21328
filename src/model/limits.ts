/**
 * Every cap and threshold that is a contract, one named constant each. Wire limits are inclusive: the value named here
 * still passes, one more is refused. Tests stand at the limit and one past it.
 */

/** Largest WebSocket frame that a tracker may send, bytes. */
export const MAX_FRAME_BYTES = 65_536;
/** Most fixes in one report. */
export const MAX_FIXES_PER_REPORT = 1_000;
/** Longest report id, bytes (the shortest is 1). */
export const MAX_REPORT_ID_BYTES = 16;
/** A socket whose reports not yet acknowledged exceed this many bytes is not read until acks bring it below. */
export const MAX_UNACKNOWLEDGED_BYTES = 1_048_576;
/** A log entry's payload is at most this many bytes (C5). */
export const MAX_ENTRY_BYTES = 262_144;
/** Entries in one read of the log (C5). */
export const MAX_ENTRIES_PER_READ = 64;
/** Hash fields written by one script call (C5). */
export const MAX_FIELDS_PER_SCRIPT = 2_000;
/** Arguments of one `unpack` inside a script (C5). */
export const MAX_UNPACK = 4_000;
/** Connections that one ingest process accepts. */
export const MAX_TRACKER_SOCKETS = 20_000;
/** A tracker socket that sends nothing for this long is closed. */
export const IDLE_SOCKET_MS = 300_000;
/** Group commit: appends begin at least so far apart, and a report waits at most this long for company. */
export const FLUSH_AFTER_MS = 4;
/** Longest life of a tracker's token, and of any other role's. */
export const MAX_TRACKER_TOKEN_S = 366 * 86_400;
export const MAX_USER_TOKEN_S = 12 * 3_600;
/** A one-use ticket for the live socket lives this long. */
export const TICKET_MS = 30_000;
/** A supervisor's socket with more than this many bytes unsent skips position updates (they coalesce). */
export const LIVE_COALESCE_BYTES = 262_144;
/** A supervisor's socket with more than this many bytes unsent is closed: alerts are never dropped. */
export const LIVE_CLOSE_BYTES = 4_194_304;

/** How late, in log time, a fix may be and still change live verdicts. */
export const HORIZON_MS = 1_800_000;
/** How often the fold forgets what is settled, log time. */
export const PRUNE_EVERY_MS = 600_000;
/** A unit's fold is kept as of each so many milliseconds of event time: what comes late is folded in from there. */
export const CHECKPOINT_MS = 300_000;
/** E1: an event time further ahead of its copy's log time than this is a clock fault. */
export const CLOCK_AHEAD_MS = 60_000;
/** An event time before this is nonsense: BeiDou time begins at 2006-01-01T00:00:00Z. */
export const EARLIEST_EVENT_MS = 1_136_073_600_000;
/** An event time further ahead of the server than this is refused; between this and CLOCK_AHEAD_MS it is kept and flagged. */
export const REFUSE_AHEAD_MS = 7 * 86_400_000;
/** T3: a hole between two entries longer than this is an outage of the server. */
export const OUTAGE_HOLE_MS = 10_000;
/** A route is watched in segments about this long, each of so many cells; a segment is seen where the middle of its middle cell is. */
export const ROUTE_SEGMENT_M = 100;
export const ROUTE_SEGMENT_CELLS = 5;
/**
 * A fix is on a route up to so far from its line, or its corridor if that is narrower: of a street that runs 30 m beside it, a position with
 * σ 20 m (13 m to each side) is as near in two of ten fixes, and in two one after another in one of twenty; on the line it is in nine of ten.
 * A fix with a larger σ can tell the two apart no more.
 */
export const ROUTE_ON_M = 20;
export const ROUTE_ON_SIGMA_M = 20;
/** A fix on a route shows the route up to so far from it; what lies between two fixes beyond that is inferred. */
export const ROUTE_SEEN_M = 50;
/** A pass covers at least this share of a route; holes up to so long count as covered. */
export const ROUTE_PASS_PERCENT = 90;
export const ROUTE_HOLE_M = 50;
/** What a unit did on a route in a hole of its trace is inferred up to this length, if it kept at least the speed of its kind. */
export const ROUTE_HOLE_MS = 600_000;
export const ROUTE_LEAST_CMPS = { car: 200, motorcycle: 200, foot: 50 } as const;
/** Slower than this a course says nothing. */
export const COURSE_SPEED_CMPS = 300;
/** A place, a district or a reserve that has enough units again for less than this has not had them in between. */
export const STRENGTH_CLEAR_MS = 60_000;
/** Who was near whom is asked of so long stretches of event time, and of each this long after its end: what was measured in it is here then. */
export const SPOT_MS = 60_000;
export const SPOT_WAIT_MS = 15_000;
/** Who leaves a checkpoint is excused by a task that begins so long after that at the latest: it is written down when there is time. */
export const CALLED_AWAY_WITHIN_MS = 300_000;
/** A unit of which nothing proves for so long that it stands in a bunch stands in none, however seldom it reports. A multiple of SPOT_MS. */
export const MAX_BUNCH_HOLE_MS = 600_000;
/** A bunch that is none for less than this, or places that are uncovered again so soon, are one episode. */
export const BUNCH_CLEAR_MS = 60_000;
/** How far a unit has come lately is measured by its positions in so many parts of the time. */
export const MOVED_PARTS = 60;
/** A unit is back in its zone when its positions have been in it for this long. */
export const ZONE_RETURN_MS = 60_000;
/** A unit is no longer too fast when it has kept its limit for this long. */
export const SPEED_CLEAR_MS = 10_000;
/** Two measured speeds that are further apart prove nothing of the time between them. */
export const SPEED_GAP_MS = 60_000;
/** T3: a gap that touches an outage is judged one report interval plus this after it. */
export const OUTAGE_GRACE_MS = 60_000;
/** E3: a plan takes effect at least this long after its entry is logged. */
export const PLAN_LEAD_MS = 60_000;
/** A person may publish a plan for an instant at most this far ahead: the calendar of the plan before it reaches further. */
export const MAX_PLAN_AHEAD_MS = 10 * 86_400_000;
/** A unit out of sight may be in the places in its reach for this long from the start of its silence, and before its end. */
export const POSSIBLE_FOR_MS = 1_800_000;
/** E4: a repeat within this much event time reopens the alert. */
export const REOPEN_MS = 600_000;
/** An alert's version carries so many of its episodes. */
export const MAX_ALERT_EPISODES = 8;
/** An episode carries so many of the stretches in which it was sure that nobody was there; its sum counts all. */
export const MAX_SURE_STRETCHES = 4;
/** An alert names so many units that are not reporting, and so many holes that both ended in its place. */
export const MAX_NAMED_UNITS = 8;
/** An alert with this many episodes that began within REOPEN_MS chatters. */
export const CHATTER_EPISODES = 3;
/** A person may shelve an alert for at most this long. */
export const MAX_SHELVE_MS = 12 * 3_600_000;
/** More than half of the units on duty silent, their last words within this of each other: the network, not the trackers. */
export const NETWORK_OUTAGE_MS = 60_000;
/** Tasks that are open at once. */
export const MAX_OPEN_TASKS = 1_000;
/** What is said of a unit by radio holds for at most this long: a crew moves on. */
export const MAX_STATEMENT_MS = 4 * 3_600_000;
/** Statements about one unit that still matter to what may be judged again, and places that one says a unit is not at. */
export const MAX_UNIT_STATEMENTS = 32;
export const MAX_STATED_PLACES = 100;
/** A call for help says that it is near a place when it lies so close to it, metres. */
export const NEAR_PLACE_M = 500;
/** Verdicts are brought up to date at whole seconds of log time, never more often (E6). */
export const SETTLE_MS = 1_000;

/** A fix with a larger σ is vague: it can neither enter nor exit a place. Phones say 65 m of a position by Wi-Fi. */
export const MAX_FENCE_SIGMA_M = 100;
/** A fix with a larger σ is no position: a cell tower, not a street. */
export const MAX_TRACK_SIGMA_M = 300;
/** A usable fix that is not further outside a place than this many σ (a vague one: VAGUE_SIGMAS) leaves its unit possible there. */
export const POSSIBLE_SIGMAS = 2;
export const VAGUE_SIGMAS = 3;
/** A unit exits a place when distance − σ is above this, metres, for EXIT_FIXES fixes that span EXIT_SPAN_MS. */
export const EXIT_BUFFER_M = 25;
/** A unit exits a place with at least this many fixes outside, one after another. */
export const EXIT_FIXES = 3;
/** The fixes with which a unit exits a place span at least this long. */
export const EXIT_SPAN_MS = 60_000;
/** Runs of one unit in one place less than this apart are one visit. */
export const VISIT_MERGE_MS = 120_000;
/** A visit whose inner length is below this is not counted (dwell-short). */
export const COUNTED_VISIT_MS = 60_000;
/** A segment between two fixes longer than this proves no pass-through. */
export const CROSS_GAP_MS = 60_000;
/** A unit's positions over this long say whether it is stationary and where it stands. */
export const STATIONARY_WINDOW_MS = 300_000;
/** Stationary: the window's positions lie within this of their median (see engine/fences). */
export const STATIONARY_RADIUS_M = 50;
/** Reported speed at or below which a unit may be stationary, cm/s (5 km/h). */
export const STATIONARY_SPEED_CMPS = 139;
/** A tracker is silent after this many expected intervals, and late after LATE_INTERVALS. */
export const SILENT_INTERVALS = 3;
export const LATE_INTERVALS = 2;
/** A tracker is silent after this long at the earliest, however short its report interval is. */
export const SILENT_FLOOR_MS = 60_000;
/** Speeds that a unit of a kind cannot exceed, cm/s. A fix that takes more to reach is an outlier. */
export const TOP_SPEED_CMPS = { car: 5_556, motorcycle: 5_556, foot: 833 } as const;
/** How far around a district's places its units may be, metres, unless `district.json` says the area itself. */
export const AREA_MARGIN_M = 50_000;
/** So many conflicting positions of a unit for one instant are held until the fold has chosen one. */
export const MAX_COPIES_PER_INSTANT = 4;
/** One fix of a unit counts in each stretch of its report interval divided by this, unless `plan.json` says another factor. */
export const DENSE_FACTOR = 20;
/** The shortest stretch in which one fix counts (DENSE_FACTOR): a unit has at most HORIZON_MS / DENSE_FLOOR_MS fixes within the horizon. */
export const DENSE_FLOOR_MS = 500;
/** At most so many of a unit's fixes a second, in the long run, are folded again for late ones. */
export const REFOLD_FIXES_PER_S = 400;
/** A late fix waits no longer than this until its unit is folded again. */
export const REFOLD_WAIT_MS = 10_000;
/** An outlier run of this many fixes that agree with each other is believed. */
export const OUTLIER_RUN = 3;

/** σ of a fix, metres: its accuracy, else HDOP × 5 m (floor 5 m each); else by satellites; else SIGMA_ASSUMED_M. */
export const SIGMA_PER_HDOP_M = 5;
export const SIGMA_FLOOR_M = 5;
export const SIGMA_ASSUMED_M = 15;

/** A predictable rule asks for at most so many intervals between visits that lie near to each other; so many starts are remembered of each place, and one more. */
export const MAX_REVISITS = 12;

/** Versions of visits and alerts that are archived stay in hot state for this much log time: what was told today is answered from there. */
export const VERSIONS_KEPT_MS = 86_400_000;
