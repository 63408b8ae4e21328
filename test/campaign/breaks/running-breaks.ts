import type { TestedBreak } from './tested-breaks.js';

const ENGINE_THREADS_TEST = 'test/app/engine-threads.test.ts';
const FRESHNESS_TEST = 'test/app/freshness.test.ts';
const QUIET_LINKS_TEST = 'test/ingest/quiet-links.test.ts';
const RECORD_TEST = 'test/api/record.test.ts';

const PLANS_TEST = 'test/e2e/plans.test.ts';
const RESTARTED =
  'a restart with older files takes no published plan back, keeps one that waits, and says that they differ; SIGHUP makes them the plan';

const PLAN_KEEPER = 'app/plan-keeper.js';
const PLAN_ORDERS = 'api/plan-orders.js';
const FRESHNESS = 'app/freshness.js';
const ENGINE_THREADS = 'app/engine-threads.js';
const RECORD_CHECK = 'app/record-check.js';
const WITNESS = 'app/log-witness.js';

/** What keeps a server right and readable while it runs, and while it starts and ends. */
export const RUNNING_BREAKS = {
  'engine-behind': {
    what: 'a log that nobody folds leaves everything green',
    patches: [{ module: FRESHNESS, find: '|| waitedMs < BEHIND_AFTER_MS)', replace: '|| true)' }],
    seenBy: FRESHNESS_TEST,
    title: 'entries that wait for an engine make the state stale, from the first of them on, until they are folded',
  },
  'store-away': {
    what: 'a store that hangs leaves the state as good as it was',
    patches: [{ module: FRESHNESS, find: 'if (silentMs < STORE_AWAY_AFTER_MS)', replace: 'if (true)' }],
    seenBy: FRESHNESS_TEST,
    title: 'a store that hangs, or answers errors, makes the state stale since its last answer [stale]',
  },
  'no-plan': {
    what: 'a district without a plan in force counts as judged',
    patches: [
      {
        module: FRESHNESS,
        find: '?? planGap(this.#o.plan(), this.#o.clock.nowMs())',
        replace: '?? null',
      },
    ],
    seenBy: FRESHNESS_TEST,
    title:
      'without a plan in force nothing is judged: no plan, one that is not in force yet, one whose calendar has ended',
  },
  'hung-threads': {
    what: 'a thread of engines that hangs is left alone',
    patches: [{ module: 'app/life-signs.js', find: 'if (looksInVain === LOOKS)', replace: 'if (false)' }],
    seenBy: ENGINE_THREADS_TEST,
    title:
      'a thread of engines that has a fault (hang) is started again: it is said, acks and other districts go on, nothing is lost or doubled',
  },
  'ended-threads': {
    what: 'a thread of engines that has ended is not started again',
    patches: [
      {
        module: 'app/kept-thread.js',
        find: 'setTimeout(() => this.start(), pauseMs)',
        replace: 'setTimeout(() => {}, pauseMs)',
      },
    ],
    seenBy: ENGINE_THREADS_TEST,
    title:
      'a thread of engines that has a fault (die) is started again: it is said, acks and other districts go on, nothing is lost or doubled',
  },
  'ended-threads-told': {
    what: 'an engine whose thread has ended looks like one that folds',
    patches: [{ module: ENGINE_THREADS, find: 'for (const engine of engines) engine.lose(fault);', replace: '' }],
    seenBy: ENGINE_THREADS_TEST,
    title:
      'a thread of engines that has a fault (grow) is started again: it is said, acks and other districts go on, nothing is lost or doubled',
  },
  'districts-apart': {
    what: 'a district that ends its thread again and again ends it for others, too',
    patches: [
      { module: ENGINE_THREADS, find: 'if (culprit !== undefined && engines.size > 1)', replace: 'if (false)' },
    ],
    seenBy: ENGINE_THREADS_TEST,
    title:
      'a thread of engines that has a fault (die) is started again: it is said, acks and other districts go on, nothing is lost or doubled',
  },
  'looks-counted': {
    what: 'a process that stood still takes its threads for hung when it goes on',
    patches: [
      {
        module: 'app/life-signs.js',
        find: 'if (looksInVain === LOOKS)',
        replace: 'if (looksInVain > 0 && performance.now() - lastSignMs > silentMs)',
      },
    ],
    seenBy: ENGINE_THREADS_TEST,
    title: 'a thread counts as silent by looks in vain, not by time: a process that stood still looks once',
  },
  'unused-snapshot-told': {
    what: 'an engine that lacks entries of the log does not say that it could not use a snapshot',
    patches: [
      {
        module: 'runner/district-runner.js',
        find: '[messageOf(error), this.#snapshotUnused]',
        replace: '[messageOf(error)]',
      },
    ],
    seenBy: 'test/runner/reload.test.ts',
    title: 'a snapshot of a newer Beatwatch is refused by name, and the log is folded without it while it is whole',
  },
  'stale-told-to-readers': {
    what: 'live sockets are silent about state that is not of now',
    patches: [
      {
        module: 'api/live/live-session.js',
        find: 'if (reason !== known) this.#send(',
        replace: 'if (false) this.#send(',
      },
    ],
    seenBy: 'test/e2e/stale.test.ts',
    title:
      'the engine is killed: readiness, answers, live socket, metrics and a 202 of the others say since when nobody folds [stale]',
  },
  'stale-header': {
    what: 'an answer about state that is not of now looks like any other',
    patches: [
      { module: 'api/stale-header.js', find: 'if (stale !== null && stale !== undefined)', replace: 'if (false)' },
    ],
    seenBy: 'test/e2e/stale.test.ts',
    title:
      'the engine is killed: readiness, answers, live socket, metrics and a 202 of the others say since when nobody folds [stale]',
  },
  'stale-readiness': {
    what: 'readiness is green whatever the state',
    patches: [{ module: 'app/watch.js', find: 'if (stale === null)', replace: 'if (true)' }],
    seenBy: 'test/e2e/stale.test.ts',
    title: 'a district that no plan is in force in yet is not ready, and says from when',
  },
  'deleted-entries': {
    what: 'entries of the log that somebody deletes go unnoticed',
    patches: [{ module: RECORD_CHECK, find: 'return count <= 0 ? []', replace: 'return true ? []' }],
    seenBy: RECORD_TEST,
    title:
      'versions and entries that somebody deletes are found and named: in the middle, at the beginning, at the end [record]',
  },
  'deleted-versions': {
    what: 'versions of alerts and visits that somebody deletes go unnoticed',
    patches: [{ module: RECORD_CHECK, find: 'if (missing <= 0)', replace: 'if (true)' }],
    seenBy: RECORD_TEST,
    title:
      'versions and entries that somebody deletes are found and named: in the middle, at the beginning, at the end [record]',
  },
  'deleted-end': {
    what: 'an engine cannot go on once somebody has deleted the newest alert or visit',
    patches: [
      { module: 'hot/commit-script.js', find: "if info[i] == 'last-generated-id'", replace: "if info[i] == 'length'" },
    ],
    seenBy: 'test/runner/reload.test.ts',
    title: 'versions that somebody deletes are named until it is accepted, and the engine goes on: the newest of each',
  },
  'holes-named': {
    what: 'a live socket that meets a hole in the record says nothing of it',
    patches: [{ module: 'api/live/live-session.js', find: 'if (version.transition > from)', replace: 'if (false)' }],
    seenBy: RECORD_TEST,
    title: 'each page, history and live socket that meets a hole names it [record]',
  },
  'pages-name-holes': {
    what: 'a page that meets a hole in the record says nothing of it',
    patches: [
      {
        module: 'api/version-page.js',
        find: 'if (version.transition > after + 1 && missing.length < MAX_MISSING)',
        replace: 'if (false)',
      },
    ],
    seenBy: RECORD_TEST,
    title: 'each page, history and live socket that meets a hole names it [record]',
  },
  'log-witness': {
    what: 'a log whose end was cut looks whole',
    patches: [{ module: WITNESS, find: 'if (!goesBack && now.added >= before.added)', replace: 'if (true)' }],
    seenBy: 'test/e2e/record.test.ts',
    title:
      'an append-only file whose end was cut is named at the next start, and stays named until somebody says so [record]',
  },
  'check-age': {
    what: 'a Redis that hangs is as ready as when it answered last',
    patches: [
      {
        module: 'app/watch.js',
        find: 'if (redis.checkAgeMs > CHECK_GOOD_FOR_MS) return { ok: false, detail: `redis-hangs',
        replace: 'if (false) return { ok: false, detail: `redis-hangs',
      },
      { module: FRESHNESS, find: 'if (silentMs < STORE_AWAY_AFTER_MS)', replace: 'if (true)' },
    ],
    seenBy: 'test/e2e/record.test.ts',
    title: 'a Redis that hangs is not ready within ten seconds, and is again when it goes on',
  },
  'whole-snapshots': {
    what: 'an engine goes on from a snapshot in Redis that is not the one that it looks for',
    patches: [
      {
        module: 'hot/shared-snapshot.js',
        find: "createHash('sha256').update(bytes).digest('hex') === sha256 ? bytes : null",
        replace: 'bytes',
      },
    ],
    seenBy: 'test/e2e/standby-start.test.ts',
    title: 'a shared snapshot that is spoilt, half written or another one is never taken',
  },
  'listens-while-folding': {
    what: 'a process listens only when it has folded its log',
    patches: [
      {
        module: 'app/district-host.js',
        find: 'const START_CATCH_UP_MS = 2_000;',
        replace: 'const START_CATCH_UP_MS = 60_000;',
      },
    ],
    seenBy: 'test/e2e/standby-start.test.ts',
    title: 'a process listens while its engine has not caught up: alive, not ready',
  },
  'reload-keeps-plan': {
    what: 'a district file that is wrong when it is read again ends the server',
    patches: [
      {
        module: 'app/reload.js',
        find: "logger.error({ what, error: messageOf(error) }, 'cannot be read again, so the old value stays in force: correct it, then send SIGHUP');",
        replace: 'process.exit(1);',
      },
    ],
    seenBy: 'test/e2e/reload.test.ts',
    title:
      'SIGHUP: keys, origins, log level and district files are read again; what is wrong is said and changes nothing',
  },
  'hang-up-reads-again': {
    what: 'kill -HUP ends the server',
    patches: [{ module: 'commands/serve.js', find: "process.on('SIGHUP', () =>", replace: '(() =>' }],
    seenBy: 'test/e2e/reload.test.ts',
    title:
      'SIGHUP: keys, origins, log level and district files are read again; what is wrong is said and changes nothing',
  },
  'reload-takes-districts': {
    what: 'a district file that changed is read again and changes nothing',
    patches: [{ module: 'app/reload.js', find: 'await host.useFiles(read);', replace: '' }],
    seenBy: 'test/e2e/reload.test.ts',
    title:
      'SIGHUP: keys, origins, log level and district files are read again; what is wrong is said and changes nothing',
  },
  'unknown-disk': {
    what: 'free disk space that nobody knows is told as 0',
    patches: [
      {
        module: 'app/watch.js',
        find: "if (facts.freeDiskBytes !== null) metrics.gauge('beatwatch_redis_free_disk_bytes', facts.freeDiskBytes);",
        replace: "metrics.gauge('beatwatch_redis_free_disk_bytes', facts.freeDiskBytes ?? 0);",
      },
    ],
    seenBy: 'test/e2e/stale.test.ts',
    title:
      'the engine is killed: readiness, answers, live socket, metrics and a 202 of the others say since when nobody folds [stale]',
  },
  'far-ahead-appends': {
    what: 'an append hours ahead of Redis and of the log is taken, and the log is deaf until then',
    patches: [
      {
        module: 'log/scripts.js',
        find: 'if maxAheadMs < 0 then return nil end',
        replace: 'if true then return nil end',
      },
    ],
    seenBy: 'test/log/log-clock.test.ts',
    title: 'T2: an append far ahead of Redis’s time and of the log’s pace is refused, and the log’s time stands',
  },
  'clock-stops-appends': {
    what: 'T2: a process whose clock is wrong logs its time all the same',
    patches: [{ module: 'log/district-log.js', find: 'if (fault === null)', replace: 'if (true)' }],
    seenBy: 'test/log/log-clock.test.ts',
    title: 'T2: with a wrong clock no time is logged; what people do goes under the last entry’s time',
  },
  'resumes-count-once': {
    what: 'O1: a resume that comes twice begins the fold anew twice',
    patches: [
      {
        module: 'engine/resume.js',
        find: 'return state.nowMs === skippedToMs && atMs < skippedToMs;',
        replace: 'return true;',
      },
    ],
    seenBy: 'test/engine/resume.test.ts',
    title: 'a resume is good once, and only for the log as it was (O1)',
  },
  'resume-one-look': {
    what: 'O1: a resume is appended whatever the log has become since somebody looked',
    patches: [
      {
        module: 'log/scripts.js',
        find: "if last.atMs ~= tonumber(ARGV[1]) then return {'moved', text(last.atMs)} end",
        replace: '',
      },
    ],
    seenBy: 'test/log/log-clock.test.ts',
    title: 'O1: of two who resume a log at once one does, and the other hears that there is nothing to do',
  },
  'published-plan-stays': {
    what: 'a restart with other files takes a published plan back',
    patches: [
      {
        module: PLAN_KEEPER,
        find: 'return isWanted || latest.published === undefined;',
        replace: 'return true;',
      },
    ],
    seenBy: PLANS_TEST,
    title: RESTARTED,
  },
  'keys-publish-nothing': {
    what: 'SIGHUP for new keys takes a published plan back',
    patches: [
      {
        module: 'app/district-files.js',
        find: 'this.#isWanted ||= source.sha256 !== this.#source?.sha256;',
        replace: 'this.#isWanted = true;',
      },
    ],
    seenBy: PLANS_TEST,
    title: RESTARTED,
  },
  'renewed-without-files': {
    what: 'the calendar of a published plan is renewed with the files of the server',
    patches: [
      {
        module: PLAN_KEEPER,
        find: 'plan.sourceSha256 === source?.sha256',
        replace: 'source !== null',
      },
    ],
    seenBy: PLANS_TEST,
    title: 'the calendar of a published plan is renewed without its files',
  },
  'plan-published-once': {
    what: 'a repeat of a publication is another one',
    patches: [{ module: PLAN_ORDERS, find: 'if (standing !== undefined)', replace: 'if (false)' }],
    seenBy: PLANS_TEST,
    title:
      'a draft changes nothing; published it takes effect at its instant, closes what it ends, and an older one can return',
  },
  'not-overtaken': {
    what: 'two who drafted side by side both publish',
    patches: [{ module: PLAN_ORDERS, find: 'refuseOvertaken(district, wish, records);', replace: '' }],
    seenBy: PLANS_TEST,
    title:
      'a plan that waits can be overtaken by another one, and two that were drafted side by side cannot both be published',
  },
  'one-plan-a-try': {
    what: 'a log that takes no plan in time gets one after the other',
    patches: [
      {
        module: 'app/plan-keeper.js',
        find: 'if (atMs > o.clock.nowMs()) return null;',
        replace: '',
      },
    ],
    seenBy: 'test/app/plan-keeper.test.ts',
    title: 'a log whose time is ahead of the clock takes no plan in time, and is not tried again at once',
  },
  'no-plan-ahead': {
    what: 'a log that is ahead of the clock gets a plan each minute',
    patches: [
      { module: 'app/district-host.js', find: '|| this.#ahead.now !== null ||', replace: '||' },
      { module: 'app/plan-keeper.js', find: 'if (atMs > o.clock.nowMs()) return null;', replace: '' },
    ],
    seenBy: 'test/e2e/log-resume.test.ts',
    title:
      'a log is 8 h ahead and a district file was edited: said everywhere, no plan piles up, and `log resume` lets both engines go on (T2)',
  },
  'log-ahead-told': {
    what: 'a log that is ahead of the clock is deaf in silence',
    patches: [{ module: 'app/log-ahead.js', find: 'if (this.#now === null) return null;', replace: 'return null;' }],
    seenBy: 'test/e2e/log-resume.test.ts',
    title:
      'a log is 8 h ahead and a district file was edited: said everywhere, no plan piles up, and `log resume` lets both engines go on (T2)',
  },
  'failed-start-ends': {
    what: 'a start that fails hangs on what it had begun',
    patches: [
      { module: 'cli.js', find: 'setTimeout(() => process.exit(), EXIT_WITHIN_MS).unref();', replace: '' },
      {
        module: 'app/district-host.js',
        find: 'catch (error) { await host.close(); throw error; }',
        replace: 'catch (error) { throw error; }',
      },
    ],
    seenBy: 'test/e2e/start-fails.test.ts',
    title: 'a start that fails after the engine began ends with 1 and says why',
  },
  'live-channel-names': {
    what: 'a training server on another database shows its positions to the supervisors of production',
    patches: [
      { module: 'hot/channels.js', find: "live: channel('live')", replace: "live: districtKey(district, 'live')" },
    ],
    seenBy: 'test/campaign/deployments.test.ts',
    title:
      'a day with a training server on the same Redis, both killed with it: neither sees anything of the other [deployments]',
  },
  'takeover-channel-names': {
    what: 'a tracker that connects to a training server on another database is closed in production',
    patches: [
      {
        module: 'hot/channels.js',
        find: "takeover: channel('takeover')",
        replace: "takeover: districtKey(district, 'takeover')",
      },
    ],
    seenBy: 'test/e2e/deployments.test.ts',
    title: 'two deployments on two databases of one Redis, the same district: nothing crosses [deployments]',
  },
  'database-number': {
    what: 'a database that the Redis does not have becomes database 0 in silence',
    patches: [
      { module: 'redis/connection.js', find: 'if (isDatabaseMissing(error.message))', replace: 'if (false)' },
      { module: 'redis/handle.js', find: 'await connection.select(address.db);', replace: '' },
    ],
    seenBy: 'test/redis/address.test.ts',
    title: 'a database that the Redis does not have is refused, and never another one used instead',
  },
  'tracker-pings': {
    what: 'a proxy cuts a quiet tracker, for nobody pings it',
    patches: [{ module: 'ingest/ingest.js', find: 'session.pingIfQuiet();', replace: '' }],
    seenBy: QUIET_LINKS_TEST,
    title: 'a quiet link is pinged well before a proxy cuts it, and a busy one is not',
  },
  'paused-server': {
    what: 'a server that stood still calls trackers idle whose words wait',
    patches: [
      {
        module: 'ingest/listening-time.js',
        find: 'Math.min(nowMs - this.#atMs, this.#mostStepMs)',
        replace: 'nowMs - this.#atMs',
      },
    ],
    seenBy: QUIET_LINKS_TEST,
    title: 'a server that stood still for long reads what waits before it calls anybody idle',
  },
  'paused-server-live': {
    what: 'a server that stood still cuts live sockets whose answers wait',
    patches: [
      {
        module: 'api/live/live-server.js',
        find: 'const late = nowMs - this.#beatMs > 1.5 * this.#pingMs;',
        replace: 'const late = false;',
      },
    ],
    seenBy: 'test/api/live-limits.test.ts',
    title: 'a server that stood still reads the answers to its pings before it cuts anybody',
  },
  'refusals-bounded': {
    what: 'each refusal of a tracker is a line in the log',
    patches: [{ module: 'ingest/refusal-log.js', find: '< AGAIN_AFTER_MS)', replace: '< 0)' }],
    seenBy: 'test/ingest/refusal-log.test.ts',
    title: 'a refused tracker is named once a minute for each code, and all of them no faster than can be read',
  },
} as const satisfies Record<string, TestedBreak>;
