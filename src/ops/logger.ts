import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import type { Logger } from '../model/ports.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Where the lines go; stderr when left out, for stdout belongs to the commands' own output. */
  readonly destination?: DestinationStream;
}

/** A logger whose level, and that of its children, can be changed while it runs. */
export interface LevelledLogger extends Logger {
  setLevel(level: LogLevel): void;
}

/** Field names whose values never reach a log line, at the top and one level down. */
const SECRETS = ['token', 'ticket', 'authorization', 'privateKey'];

/** The logger port over pino: one JSON object a line, ISO time, errors under `err`, secrets left out. */
export function createLogger({ level, destination }: LoggerOptions): LevelledLogger {
  // Children of a pino logger keep the level that they were made with: the gate before it is the one of all.
  const gate: Gate = { least: LOG_LEVELS.indexOf(level) };
  const options = {
    level: LOG_LEVELS[0],
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), remove: true },
  };
  return {
    ...adapt(pino(options, destination ?? pino.destination({ dest: 2, sync: true })), gate),
    setLevel: (next) => {
      gate.least = LOG_LEVELS.indexOf(next);
    },
  };
}

/** Index in LOG_LEVELS of what is written at the least. */
interface Gate {
  least: number;
}

function adapt(logger: PinoLogger, gate: Gate): Logger {
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (fields: object, message: string): void => {
      if (LOG_LEVELS.indexOf(level) >= gate.least) logger[level](fields, message);
    };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (fields) => adapt(logger.child(fields), gate),
  };
}
