import type { TestedBreak } from './tested-breaks.js';

const FIELD_FILES_TEST = 'test/simulator/field-files.test.ts';
const OUTPUT_TEST = 'test/e2e/output.test.ts';
const SIGNALS_TEST = 'test/e2e/signals.test.ts';
const STOP_TEST = 'test/e2e/stop.test.ts';

const OUTPUT = 'commands/output.js';
const STOPPING = 'commands/stopping.js';

/** What commands do on a terminal, at a signal and with the recordings that people have. */
export const COMMAND_BREAKS = {
  'one-signal-twice': {
    what: 'a signal that npm passes on a second time ends the process at once',
    patches: [{ module: STOPPING, find: 'performance.now() - firstAtMs > SAME_SIGNAL_MS', replace: 'true' }],
    seenBy: SIGNALS_TEST,
    title: 'a signal that comes again within a second is the same one; a later one ends the process at once',
  },
  'replay-ends': {
    what: 'a replay that waits for what never comes waits on after a signal',
    patches: [
      {
        module: STOPPING,
        find: "signal.addEventListener('abort', endLater, { once: true });",
        replace: '',
      },
      { module: STOPPING, find: "onStop(['SIGTERM', 'SIGINT', 'SIGHUP'])", replace: 'new AbortController()' },
    ],
    seenBy: STOP_TEST,
    title: 'the first SIGTERM or SIGHUP ends a replay, even one that waits for what never comes',
  },
  'one-terminal-writer': {
    what: 'what is printed does not make room for itself beside the state',
    patches: [{ module: OUTPUT, find: "const ERASE = '\\r\\x1b[K';", replace: "const ERASE = '';" }],
    seenBy: OUTPUT_TEST,
    title: 'on a terminal of any width nothing is hidden, cut or left over',
  },
  'wrapped-words': {
    what: 'a sentence that is wider than the terminal is not wrapped',
    patches: [
      {
        module: OUTPUT,
        find: "line(wrapText(text, room(), indent).join('\\n'))",
        replace: 'line(text.slice(0, room()))',
      },
    ],
    seenBy: OUTPUT_TEST,
    title: 'on a terminal of any width nothing is hidden, cut or left over',
  },
  'state-when-piped': {
    what: 'a command whose output is no terminal says nothing for minutes',
    patches: [{ module: OUTPUT, find: 'if (state !== null) (json', replace: 'if (false) (json' }],
    seenBy: OUTPUT_TEST,
    title: 'where there is no terminal the state is a line of its own, again and again',
  },
  'odd-dates': {
    what: 'one date in a recording that is far from all others stretches its replay over years',
    patches: [
      {
        module: 'simulator/traces/time-spread.js',
        find: 'while (stretches.length > 1 && isFew(stretches.at(-1)))',
        replace: 'while (false)',
      },
    ],
    seenBy: FIELD_FILES_TEST,
    title: 'a recording from the field: replay-one-bad-date/oneyearlate.csv',
  },
  'first-date': {
    what: 'a clock that was dead at its first fix stretches a replay over years',
    patches: [
      {
        module: 'simulator/traces/time-spread.js',
        find: 'while (stretches.length > 1 && isFew(stretches[0]))',
        replace: 'while (false)',
      },
    ],
    seenBy: FIELD_FILES_TEST,
    title: 'a recording from the field: replay-one-bad-date/rollback-first.csv',
  },
  'time-units': {
    what: 'microseconds are read as milliseconds of another millennium',
    patches: [
      {
        module: 'simulator/traces/instant.js',
        find: "if (epoch === 'epoch-us' || epoch === 'epoch-ns')",
        replace: 'if (false)',
      },
      {
        module: 'simulator/traces/instant.js',
        find: 'return Number.isSafeInteger(ms) && ms < LATEST_TRACE_MS ? ms',
        replace: 'return Number.isSafeInteger(ms) ? ms',
      },
    ],
    seenBy: FIELD_FILES_TEST,
    title: 'a recording from the field: replay-time-unit-hang/micros.csv',
  },
  'trace-encodings': {
    what: 'a recording in UTF-16 is read as UTF-8',
    patches: [
      {
        module: 'simulator/traces/text-bytes.js',
        find: 'if (first === 0xff && second === 0xfe)',
        replace: 'if (false)',
      },
    ],
    seenBy: FIELD_FILES_TEST,
    title: 'a recording from the field: replay-formats/utf16.csv',
  },
  'trace-delimiters': {
    what: 'a CSV with semicolons is one column',
    patches: [{ module: 'simulator/traces/delimiter.js', find: "[',', ';', '\\t', '|']", replace: "[',']" }],
    seenBy: FIELD_FILES_TEST,
    title: 'a recording from the field: replay-formats/semi.csv',
  },
} as const satisfies Record<string, TestedBreak>;
