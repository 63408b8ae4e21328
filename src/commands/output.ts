import { cutToWidth, displayWidth, wrapText } from './wrap.js';

/** The part of a stream that output goes to. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface OutputOptions {
  /** Lines on stdout are JSON: they are never wrapped, and words about the state go to stderr. */
  readonly json: boolean;
  readonly stdout?: OutputStream;
  readonly stderr?: OutputStream;
  /** How often the state is told where there is no terminal, ms. */
  readonly stateEveryMs?: number;
}

/**
 * The one writer of a command. On a terminal the state is the last line: it makes room for each line that is printed, and comes
 * back below. Elsewhere it is a line of its own each minute, so that nobody waits in silence.
 */
export interface Output {
  /** Prints a sentence; on a terminal it is wrapped, and later lines begin with `indent` spaces. */
  sentence(text: string, indent?: number): void;
  /** Prints a line as it is. */
  line(text: string): void;
  /** What is going on, and how much of it is done, from 0 to 1; null: nobody knows. */
  state(text: string, share?: number | null): void;
  /** Takes whole lines for stderr, such as those of a logger. */
  readonly log: { write(lines: string): void };
  /** There is no state until the next is told. */
  end(): void;
}

const STATE_EVERY_MS = 60_000;
/** The state moves on a terminal at most so often. */
const REDRAW_MS = 100;
const USUAL_COLUMNS = 80;
const LONGEST_BAR = 40;
const SHORTEST_BAR = 10;
/** Moves a terminal to the first column and clears the row. */
const ERASE = '\r\x1b[K';

interface State {
  readonly text: string;
  readonly share: number | null;
}

export function openOutput(o: OutputOptions): Output {
  const stdout = o.stdout ?? process.stdout;
  const stderr = o.stderr ?? process.stderr;
  return stdout.isTTY === true ? onTerminal(o, stdout, stderr) : toFile(o, stdout, stderr);
}

function onTerminal({ json }: OutputOptions, stdout: OutputStream, stderr: OutputStream): Output {
  let state: State | null = null;
  let drawn = '';
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  // The last column stays free: some terminals go to the next row when it is filled.
  const room = (): number => Math.max(1, (stdout.columns || USUAL_COLUMNS) - 1);
  const draw = (): string => {
    drawn = state === null ? '' : stateLine(state, room());
    drawnAtMs = performance.now();
    return drawn;
  };
  const print = (lines: string): void => void stdout.write(`${drawn === '' ? '' : ERASE}${lines}${draw()}`);
  const line = (text: string): void => print(`${text}\n`);
  return {
    line,
    sentence: (text, indent) => (json ? line(text) : line(wrapText(text, room(), indent).join('\n'))),
    state: (text, share = null) => {
      state = { text, share };
      if (performance.now() - drawnAtMs >= REDRAW_MS) print('');
    },
    log: { write: (lines) => (stderr.isTTY === true ? print(lines) : void stderr.write(lines)) },
    end: () => {
      state = null;
      print('');
    },
  };
}

function stateLine({ text, share }: State, columns: number): string {
  const barColumns = Math.min(LONGEST_BAR, columns - displayWidth(text) - 3);
  if (share === null || barColumns < SHORTEST_BAR) return cutToWidth(text, columns);
  const full = Math.round(barColumns * share);
  return `${text} [${'#'.repeat(full)}${'.'.repeat(barColumns - full)}]`;
}

function toFile(
  { json, stateEveryMs = STATE_EVERY_MS }: OutputOptions,
  stdout: OutputStream,
  stderr: OutputStream,
): Output {
  let state: State | null = null;
  setInterval(() => {
    if (state !== null) (json ? stderr : stdout).write(`${state.text}\n`);
  }, stateEveryMs).unref();
  const line = (text: string): void => void stdout.write(`${text}\n`);
  return {
    line,
    sentence: line,
    state: (text, share = null) => {
      state = { text, share };
    },
    log: { write: (lines) => void stderr.write(lines) },
    end: () => {
      state = null;
    },
  };
}
