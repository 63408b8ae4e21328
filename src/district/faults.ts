import { BeatwatchError } from '../model/errors.js';

/** One thing that is wrong with a district's files. */
export interface DistrictFault {
  /** File name inside the folder, or `.` for the folder itself. */
  readonly file: string;
  /** JSON Pointer (RFC 6901) to the place in the file; empty for the file as a whole. */
  readonly path: string;
  /** What was got and what was expected. */
  readonly reason: string;
}

/** Faults past this many are counted, not listed. */
export const MAX_FAULTS_LISTED = 200;

/** A district folder cannot be used; `faults` holds everything that is wrong with it, not only the first thing. */
export class DistrictError extends BeatwatchError {
  readonly faults: readonly DistrictFault[];
  /** How many more there are. */
  readonly unlisted: number;
  /** Whose files they are; null: `district.json` does not say. */
  readonly district: string | null;

  constructor(folder: string, faults: readonly DistrictFault[], unlisted: number, district: string | null) {
    const lines = faults.map((fault) => `  ${fault.file}${fault.path === '' ? '' : ` ${fault.path}`}: ${fault.reason}`);
    if (unlisted > 0) lines.push(`  and ${unlisted} more`);
    super('district-invalid', `district folder ${folder} is invalid:\n${lines.join('\n')}`, {
      folder,
      faults,
      unlisted,
    });
    this.name = 'DistrictError';
    this.faults = faults;
    this.unlisted = unlisted;
    this.district = district;
  }
}

export type Report = (path: string, reason: string) => void;

/** Gathers faults in the order in which they are found; the same path and reason counts once. */
export class FaultList {
  readonly #faults: DistrictFault[] = [];
  readonly #seen = new Set<string>();
  #unlisted = 0;

  add(file: string, path: string, reason: string): void {
    const key = `${file}\n${path}\n${reason}`;
    if (this.#seen.has(key)) return;
    if (this.#faults.length >= MAX_FAULTS_LISTED) {
      this.#unlisted += 1;
      return;
    }
    this.#seen.add(key);
    this.#faults.push({ file, path, reason });
  }

  /** A reporter for one file. */
  in(file: string): Report {
    return (path, reason) => this.add(file, path, reason);
  }

  get all(): { readonly listed: readonly DistrictFault[]; readonly unlisted: number } {
    return { listed: this.#faults, unlisted: this.#unlisted };
  }

  get count(): number {
    return this.#faults.length + this.#unlisted;
  }

  /** `district`: whose files they are; null: not known. */
  throwIfAny(folder: string, district: string | null): void {
    if (this.#faults.length > 0) throw new DistrictError(folder, this.#faults, this.#unlisted, district);
  }
}

/** A value as a fault shows it: JSON where that is short, else its size. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) {
    return value.length <= 4 && value.every(isScalar) ? JSON.stringify(value) : `a list of ${value.length}`;
  }
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value);
    return names.length === 0 ? 'an empty object' : `an object of ${names.length}`;
  }
  const text = JSON.stringify(value) ?? typeof value;
  return text.length <= 60 ? text : `${text.slice(0, 57)}..."`;
}

/** A value as the beginning of a fault: `got …`, or that it is missing. */
export function gotWords(value: unknown): string {
  return value === undefined ? 'is missing' : `got ${show(value)}`;
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

export function pointer(...keys: readonly (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
