import { parseArgs } from 'node:util';
import { BeatwatchError, messageOf } from '../model/errors.js';

/** One option of a command: how it is written, what it is when it is not, and what it does. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  /** As the help shows it: `--span 12h`. */
  readonly value?: string;
  readonly help: string;
  readonly multiple?: boolean;
}
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export interface Options {
  /** The words that are no options. */
  readonly words: readonly string[];
  text(name: string): string | null;
  texts(name: string): readonly string[];
  flag(name: string): boolean;
}

/** Null when help was asked for and printed. Code `usage` for options that are not there. */
export function readOptions(usage: string, specs: OptionSpecs, args: readonly string[]): Options | null {
  const options = Object.fromEntries(
    Object.entries({ ...specs, help: HELP }).map(([name, { type, multiple }]) => [
      name,
      { type, multiple: multiple ?? false },
    ]),
  );
  const parsed = parse(args, options);
  const { values } = parsed;
  if (values.help === true) {
    process.stdout.write(helpText(usage, specs));
    return null;
  }
  const texts = (name: string): readonly string[] => {
    const value = values[name];
    if (value === undefined || typeof value === 'boolean') return [];
    return Array.isArray(value) ? value.map(String) : [value];
  };
  return {
    words: parsed.positionals,
    text: (name) => texts(name).at(-1) ?? null,
    texts,
    flag: (name) => values[name] === true,
  };
}

/** The server that a command asks, by its option `--url`, without a slash at the end. */
export function serverUrl(options: Options): string {
  return (options.text('url') ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
}

const HELP: OptionSpec = { type: 'boolean', help: 'print this' };

function parse(args: readonly string[], options: NonNullable<Parameters<typeof parseArgs>[0]>['options']) {
  try {
    return parseArgs({ args: [...args], options: options ?? {}, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageError(`${messageOf(error)} (--help tells the options)`);
  }
}

function helpText(usage: string, specs: OptionSpecs): string {
  const rows = Object.entries({ ...specs, help: HELP }).map(([name, { value, help }]) => [
    `--${name}${value === undefined ? '' : ` ${value}`}`,
    help,
  ]);
  const width = Math.max(...rows.map(([left]) => left?.length ?? 0));
  return `${usage}\n\n${rows.map(([left, help]) => `  ${(left ?? '').padEnd(width)}  ${help}`).join('\n')}\n`;
}

export function usageError(message: string): BeatwatchError {
  return new BeatwatchError('usage', message);
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `12h`, `90m`, `1h30m`: whole ms. */
export function durationMs(name: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw usageError(`--${name}: got ${JSON.stringify(text)}, expected a duration such as 12h, 90m or 30s`);
  }
  return Math.round(parts.reduce((sum, [, n, unit]) => sum + Number(n) * (UNITS_MS[unit ?? ''] ?? 0), 0));
}

export function wholeNumber(name: string, text: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usageError(`--${name}: got ${JSON.stringify(text)}, expected a whole number from ${least} to ${most}`);
}

/** ISO 8601 with an offset (or Z), as ms. */
export function instantMs(name: string, text: string): number {
  const value = /(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw usageError(
    `--${name}: got ${JSON.stringify(text)}, expected an instant with its offset, such as 2026-11-24T07:20:00+08:00`,
  );
}
