import type { Logger } from '../model/ports.js';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** A line of a thread, for the log of the process, which the main thread writes. */
export interface ThreadLine {
  readonly is: 'log';
  readonly level: Level;
  readonly fields: object;
  readonly message: string;
}

/** A logger for a thread, whose lines go through `say`. */
export function threadLogger(say: (line: ThreadLine) => void, bound: object = {}): Logger {
  const at = (level: Level) => (fields: object, message: string) =>
    say({ is: 'log', level, fields: { ...bound, ...fields }, message });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => threadLogger(say, { ...bound, ...fields }),
  };
}

/** Writes a line of a thread on the main thread. */
export function writeLine(logger: Logger, { level, fields, message }: ThreadLine): void {
  logger[level](fields, message);
}
