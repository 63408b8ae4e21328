import type { TestedBreak } from './tested-breaks.js';

const ACTS = 'test/api/acts.test.ts';
const DOOR = 'test/api/door.test.ts';
const MALFORMED = 'test/api/malformed.test.ts';
const TEXT = 'test/api/text.test.ts';

const AUTHENTICATE = 'api/authenticate.js';
const CREATE_API = 'api/create-api.js';
const HTTP_SERVER = 'api/http-server.js';
const LIVE_SERVER = 'api/live/live-server.js';
const ACCESS_RECORD = 'api/access-record.js';
const RECORD_ANSWERS = 'test/api/record-answers.test.ts';
const REQUEST_SHAPE = 'api/request-shape.js';

/** What stands between anybody's socket and the routes, for people who mean harm, or err. */
export const DOOR_BREAKS = {
  'document-tags': {
    what: 'an open document is sent anew to a client that has it',
    patches: [
      {
        module: 'api/public-document.js',
        find: "if (request.headers['if-none-match'] === made.etag)",
        replace: 'if (false)',
      },
    ],
    seenBy: DOOR,
    title: 'public documents are made once, and a client that has one is told so',
  },
  'documents-made-once': {
    what: 'an open document is made anew each time that somebody asks',
    patches: [
      {
        module: 'api/public-document.js',
        find: 'making ??= Promise.resolve(make())',
        replace: 'making = Promise.resolve(make())',
      },
    ],
    seenBy: DOOR,
    title: 'a public document is made at its first request, and once',
  },
  'origins-exact': {
    what: 'a page of any origin may ask with a token and read the answers',
    patches: [{ module: 'api/cors.js', find: '!deps.allowedOrigins.includes(origin)', replace: 'false' }],
    seenBy: 'test/api/cors.test.ts',
    title: 'pages of other origins, and programs without one, get no leave',
  },
  'live-filters-known': {
    what: 'a live socket that is filtered by an id that nobody has is silent for ever',
    patches: [
      {
        module: 'api/live/live-filter.js',
        find: 'refuseOutsidePlan(district, { places: places ?? [], units: units ?? [] });',
        replace: '',
      },
    ],
    seenBy: 'test/api/live.test.ts',
    title: 'a filter by an id that the plan does not have is refused, not silent for ever',
  },
  'document-rate': {
    what: 'an address may ask for open documents as fast as it likes',
    patches: [
      {
        module: AUTHENTICATE,
        find: "door.ask(name === 'documentation'",
        replace: "0 && door.ask(name === 'documentation'",
      },
    ],
    seenBy: DOOR,
    title: 'public documents are made once, and a client that has one is told so',
  },
  'refusal-rate': {
    what: 'bad tokens cost their address nothing',
    patches: [
      {
        module: 'access/door.js',
        find: 'return this.#refusals.take(clientAddress(request, this.#trusted));',
        replace: 'return 0;',
      },
    ],
    seenBy: DOOR,
    title: 'bad tokens in a loop cost their address, and never a token that was good',
  },
  'refused-requests-count': {
    what: 'what a token may not do does not count against its rate',
    patches: [
      {
        module: CREATE_API,
        find: "app.addHook('onRequest', (request) => admitRequest(deps, request));",
        replace:
          "app.addHook('onRequest', async (request) => { await admitRequest(deps, request); authorizeRequest(request); });",
      },
    ],
    seenBy: DOOR,
    title: 'what a token may not do counts against it',
  },
  'one-answer-at-a-time': {
    what: 'requests of one connection are answered all at once, read or not',
    patches: [{ module: 'api/answer-queue.js', find: 'if (!line.busy)', replace: 'if (true)' }],
    seenBy: DOOR,
    title: 'an answer waits for its reader, and no other is made before; all together they have a cap',
  },
  'pipelined-cap': {
    what: 'any number of requests may wait on one connection',
    patches: [
      {
        module: 'api/answer-queue.js',
        find: 'if (line.waiting.length < MAX_PIPELINED_REQUESTS)',
        replace: 'if (true)',
      },
    ],
    seenBy: DOOR,
    title: 'requests of one connection are answered one after another; with too many waiting it is cut',
  },
  'cut-parser': {
    what: 'a connection that was cut is parsed on',
    patches: [{ module: 'api/http-server.js', find: 'IncomingMessage: CuttableRequest,', replace: '' }],
    seenBy: DOOR,
    title: 'behind the request for which a connection is cut none is looked at, however many came with it',
  },
  'unsent-cap': {
    what: 'answers that nobody reads may fill the memory',
    patches: [
      {
        module: 'api/unsent-answers.js',
        find: 'while (this.#total > MAX_UNSENT_ANSWER_BYTES)',
        replace: 'while (false)',
      },
    ],
    seenBy: DOOR,
    title: 'an answer waits for its reader, and no other is made before; all together they have a cap',
  },
  'unknown-connections': {
    what: 'an address may hold any number of connections without a token',
    patches: [
      {
        module: 'access/unknown-connections.js',
        find: 'own.size > MAX_UNKNOWN_CONNECTIONS_PER_ADDRESS',
        replace: 'false',
      },
    ],
    seenBy: 'test/access/door.test.ts',
    title: 'of connections without a good token the oldest of an address gives way',
  },
  'unknown-connections-of-all': {
    what: 'connections without a token may take the room of all others, one by one of many addresses',
    patches: [
      {
        module: 'access/unknown-connections.js',
        find: 'else if (this.#size > MAX_UNKNOWN_CONNECTIONS)',
        replace: 'else if (false)',
      },
    ],
    seenBy: 'test/access/door.test.ts',
    title: 'of all connections without a good token the oldest of who has most gives way',
  },
  'connection-rate': {
    what: 'an address may open connections as fast as it likes',
    patches: [
      { module: 'access/door.js', find: 'address !== PROXY && this.#connections.take(address) > 0', replace: 'false' },
    ],
    seenBy: 'test/access/door.test.ts',
    title: 'an address opens so many connections, and fewer when one had to be cut; a trusted proxy as many as come',
  },
  'cut-connections-cost': {
    what: 'an address whose connections have to be cut opens the next at once',
    patches: [{ module: 'access/door.js', find: 'this.#connections.charge(address, CUT_COST);', replace: ';' }],
    seenBy: 'test/access/door.test.ts',
    title: 'an address opens so many connections, and fewer when one had to be cut; a trusted proxy as many as come',
  },
  'repeats-are-recorded': {
    what: 'who repeats an act, or names the task of another, reads without a trace',
    patches: [
      {
        module: ACCESS_RECORD,
        find: 'if (SHOWN.some((name) => name in outcome))',
        replace: 'if (false)',
      },
      { module: ACCESS_RECORD, find: 'if (records !== null)', replace: 'if (false)' },
    ],
    seenBy: ACTS,
    title: 'who repeats an act, or tries one that must fail, reads: each answer that shows something is recorded',
  },
  'auditors-say-why': {
    what: 'an auditor reads without saying why',
    patches: [{ module: ACCESS_RECORD, find: "if (request.identity?.role !== 'auditor' ||", replace: 'if (true ||' }],
    seenBy: 'test/api/purpose.test.ts',
    title: 'an auditor says why, in the header or the query; nothing is read without',
  },
  'silent-routes': {
    what: 'a route that notes no read is answered',
    patches: [{ module: 'api/record-answers.js', find: 'if (!isBlind)', replace: 'if (false)' }],
    seenBy: RECORD_ANSWERS,
    title: 'a route that answers with something of a district and notes nothing is not answered',
  },
  'streams-begin-recorded': {
    what: 'the first byte of a stream goes out before its entry is written',
    patches: [
      {
        module: 'api/record-answers.js',
        find: "await recordNotes(request, notes, { stage: 'begun'",
        replace: "recordNotes(request, notes, { stage: 'begun'",
      },
    ],
    seenBy: RECORD_ANSWERS,
    title: 'what cannot be recorded at its beginning is not begun; at its end, it does not end',
  },
  'streams-end-recorded': {
    what: 'a stream ends though its end is not recorded',
    patches: [
      {
        module: 'api/hashed-stream.js',
        find: 'return done(error instanceof',
        replace: 'return done(); done(error instanceof',
      },
    ],
    seenBy: RECORD_ANSWERS,
    title: 'what cannot be recorded at its beginning is not begun; at its end, it does not end',
  },
  'cut-streams-recorded': {
    what: 'a stream that breaks off leaves no second entry',
    patches: [{ module: 'api/hashed-stream.js', find: "if (!isRecorded) await end('cut');", replace: '' }],
    seenBy: RECORD_ANSWERS,
    title: 'a client that goes away in the middle: recorded as cut, with what was made',
  },
  'target-shape': {
    what: 'a target that is no path reaches the routes',
    patches: [
      { module: REQUEST_SHAPE, find: "if (!url.startsWith('/') || url.startsWith('//'))", replace: 'if (false)' },
    ],
    seenBy: MALFORMED,
    title: 'requests and upgrades that are not sound as HTTP get coded answers, and the log no errors',
  },
  'header-count': {
    what: 'a request may have thousands of header fields',
    patches: [{ module: REQUEST_SHAPE, find: 'if (rawHeaders.length / 2 > MAX_HEADERS)', replace: 'if (false)' }],
    seenBy: MALFORMED,
    title: 'requests and upgrades that are not sound as HTTP get coded answers, and the log no errors',
  },
  'http-version': {
    what: 'HTTP/0.9 is answered',
    patches: [
      { module: REQUEST_SHAPE, find: "if (httpVersion !== '1.1' && httpVersion !== '1.0')", replace: 'if (false)' },
    ],
    seenBy: MALFORMED,
    title: 'requests and upgrades that are not sound as HTTP get coded answers, and the log no errors',
  },
  'body-depth': {
    what: 'a body of any depth is looked at',
    patches: [{ module: CREATE_API, find: 'if (jsonDepth(body) <= MAX_BODY_DEPTH)', replace: 'if (true)' }],
    seenBy: MALFORMED,
    title: 'a body that is nested too deep is refused before it is looked at',
  },
  'slow-requests': {
    what: 'a request that comes a byte a second holds its connection for twelve times as long',
    patches: [
      {
        module: HTTP_SERVER,
        find: 'headersTimeout: Math.min(MAX_HEADER_MS, requestMs),',
        replace: 'headersTimeout: 12 * requestMs,',
      },
      { module: HTTP_SERVER, find: 'requestTimeout: requestMs,', replace: 'requestTimeout: 12 * requestMs,' },
    ],
    seenBy: MALFORMED,
    title: 'a request that does not come whole in time is ended, header or body',
  },
  'live-floods': {
    what: 'a flood of pings is answered for ever',
    patches: [
      {
        module: 'api/live/live-session.js',
        find: 'if (this.#controls.take(performance.now()))',
        replace: 'if (true)',
      },
    ],
    seenBy: MALFORMED,
    title: 'a live socket answers pings; floods and fragments are closed with their codes',
  },
  'live-fragments': {
    what: 'a message to a live socket may come in any number of parts, empty ones too',
    patches: [{ module: LIVE_SERVER, find: 'maxFragments: MAX_LIVE_FRAGMENTS,', replace: '' }],
    seenBy: MALFORMED,
    title: 'a live socket answers pings; floods and fragments are closed with their codes',
  },
  'tracker-fragments': {
    what: 'a message of a tracker may come in any number of parts, empty ones too',
    patches: [{ module: 'ingest/ingest.js', find: 'maxFragments: MAX_FRAGMENTS,', replace: '' }],
    seenBy: 'test/ingest/frames.test.ts',
    title: 'a message has at most so many fragments, empty ones too',
  },
  'readiness-details': {
    what: 'readiness tells anybody the paths and versions of the server',
    patches: [
      {
        module: 'api/routes/process-routes.js',
        find: '(await mayKnowDetails(deps, request)) ?',
        replace: 'true ?',
      },
    ],
    seenBy: 'test/api/process.test.ts',
    title: 'details of readiness are for this machine and for admins; anybody learns which checks fail',
  },
  'command-names': {
    what: 'a command is looked up among what every object knows',
    patches: [
      {
        module: 'cli.js',
        find: 'Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined',
        replace: 'COMMANDS[name]',
      },
    ],
    seenBy: 'test/e2e/hostile.test.ts',
    title: 'a command that is none is named, whatever objects know by that name',
  },
  'clean-reasons': {
    what: 'the reason of a resumed log may hold what nobody can see',
    patches: [{ module: 'commands/log.js', find: '&& isPlain)', replace: ')' }],
    seenBy: 'test/e2e/hostile.test.ts',
    title: 'why a log is resumed, and by whom, is text that a person can see',
  },
  'clean-bodies': {
    what: 'half an emoji, controls and direction overrides pass in bodies, queries and paths',
    patches: [
      {
        module: 'api/validation.js',
        find: ': cleanTexts(received, part, unclean);',
        replace: ': received;',
      },
    ],
    seenBy: TEXT,
    title: 'no door of the API takes text that a person cannot see or a machine cannot read back',
  },
  'clean-headers': {
    what: 'the purpose of a read is taken as its bytes come',
    patches: [
      {
        module: 'api/validation.js',
        find: "const bytes = Buffer.from(value, 'latin1');",
        replace: "return value; const bytes = Buffer.from(value, 'latin1');",
      },
    ],
    seenBy: TEXT,
    title: 'a purpose in a header is read as UTF-8, for reads and live sockets',
  },
  'normal-form': {
    what: 'one text may come in two normal forms',
    patches: [{ module: 'model/text.js', find: "text.normalize('NFC')", replace: 'text' }],
    seenBy: TEXT,
    title: 'text is well-formed, visible and in normal form C, or refused with the character and its place',
  },
  'visible-text': {
    what: 'a direction override passes the one check of text',
    patches: [{ module: 'model/text.js', find: 'if (DIRECTION.test(character))', replace: 'if (false)' }],
    seenBy: TEXT,
    title: 'text is well-formed, visible and in normal form C, or refused with the character and its place',
  },
  'skipped-clear': {
    what: 'an entry that was skipped keeps the district from being ready for good',
    patches: [
      {
        module: 'app/skipped-entries.js',
        find: 'const found = await this.#hot.clearSkipped(id, clearing);',
        replace: 'const found = true;',
      },
    ],
    seenBy: 'test/api/skipped.test.ts',
    title: 'an entry that could not be folded is looked at and cleared by an admin, with a reason in the log',
  },
} as const satisfies Record<string, TestedBreak>;
