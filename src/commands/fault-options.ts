import type { FaultOptions } from '../simulator/faults.js';
import { durationMs, type Options, usageError, wholeNumber } from './options.js';

/** The simulator's faults, the same for `demo` and `simulate`. */
export const FAULT_OPTIONS = {
  drift: { type: 'string', value: 'N', help: 'units whose receiver drifts all day' },
  silences: { type: 'string', value: 'N', help: 'how often a tracker sends nothing for a while' },
  'silence-for': { type: 'string', value: '10m', help: 'how long' },
  backlogs: { type: 'string', value: 'N', help: 'how often a tracker has no link and sends what it stored later' },
  'backlog-for': { type: 'string', value: '20m', help: 'how long' },
  duplicates: { type: 'string', value: '0.1', help: 'share of reports that a tracker sends twice' },
  'clock-faults': { type: 'string', value: 'N', help: 'how often a tracker’s clock is hours ahead for a while' },
  'clock-fault-for': { type: 'string', value: '1h', help: 'how long' },
  outliers: { type: 'string', value: '0.01', help: 'share of fixes that are kilometres off' },
  'dead-links': { type: 'string', value: 'N', help: 'how often a link breaks' },
  sos: { type: 'string', value: 'N', help: 'how often a crew calls for help, two minutes each' },
} as const;

export function readFaults(options: Options): FaultOptions {
  const faults: { -readonly [Name in keyof FaultOptions]: FaultOptions[Name] } = {};
  const read = <T>(name: string, parse: (name: string, text: string) => T, set: (value: T) => void): void => {
    const text = options.text(name);
    if (text !== null) set(parse(name, text));
  };
  read('drift', wholeNumber, (n) => (faults.drift = n));
  read('silences', wholeNumber, (n) => (faults.silences = n));
  read('silence-for', durationMs, (ms) => (faults.silenceMs = ms));
  read('backlogs', wholeNumber, (n) => (faults.backlogs = n));
  read('backlog-for', durationMs, (ms) => (faults.backlogMs = ms));
  read('duplicates', share, (value) => (faults.duplicates = value));
  read('clock-faults', wholeNumber, (n) => (faults.clockFaults = n));
  read('clock-fault-for', durationMs, (ms) => (faults.clockFaultMs = ms));
  read('outliers', share, (value) => (faults.outliers = value));
  read('dead-links', wholeNumber, (n) => (faults.deadLinks = n));
  read('sos', wholeNumber, (n) => (faults.sos = n));
  return faults;
}

function share(name: string, text: string): number {
  const value = Number(text);
  if (text !== '' && value >= 0 && value <= 1) return value;
  throw usageError(`--${name}: got ${JSON.stringify(text)}, expected a share from 0 to 1`);
}
