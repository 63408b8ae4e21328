import cliProgress from 'cli-progress';

export interface ProgressLine {
  /** `done` of `total`, and what to say beside it. Cheap: may be called at every step. */
  update(done: number, note: string): void;
  stop(): void;
}

export interface ProgressLineOptions {
  readonly label: string;
  readonly total: number;
  /** Usually stderr. */
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly nowMs: () => number;
}

/** Without a terminal a line is printed so often. */
const PLAIN_EVERY_MS = 5_000;

/** A bar on a terminal; elsewhere a plain line every few seconds, so that logs stay readable. */
export function createProgressLine(options: ProgressLineOptions): ProgressLine {
  return options.stream.isTTY === true ? terminalBar(options) : plainLines(options);
}

function terminalBar({ label, total, stream }: ProgressLineOptions): ProgressLine {
  const bar = new cliProgress.SingleBar({
    stream,
    format: `${label} {bar} {percentage}% {note}`,
    hideCursor: true,
    clearOnComplete: false,
  });
  bar.start(total, 0, { note: '' });
  return {
    update: (done, note) => bar.update(Math.min(done, total), { note }),
    stop: () => bar.stop(),
  };
}

function plainLines({ label, total, stream, nowMs }: ProgressLineOptions): ProgressLine {
  let saidMs = nowMs();
  let last = '';
  const say = (): void => {
    if (last !== '') stream.write(last);
    last = '';
  };
  return {
    update: (done, note) => {
      const percent = total === 0 ? 100 : Math.floor((100 * Math.min(done, total)) / total);
      last = `${label} ${percent}% ${note}\n`;
      if (nowMs() - saidMs < PLAIN_EVERY_MS) return;
      saidMs = nowMs();
      say();
    },
    stop: say,
  };
}
