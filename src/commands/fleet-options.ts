import { type Options, wholeNumber } from './options.js';

/** What is drawn of a fleet, the same for `demo` and `simulate`. */
export const FLEET_OPTIONS = {
  seed: {
    type: 'string',
    value: '1',
    help: 'seed of the fleet; the same seed gives the same alerts, byte for byte',
  },
  neglect: { type: 'string', value: 'N', help: 'places left alone on purpose; default: one for each three hours' },
  'short-stays': { type: 'string', value: '2', help: 'visits that are too short, on purpose' },
  'long-stands': { type: 'string', value: '2', help: 'stands that are too long, on purpose' },
} as const;

export function readFleetOptions(options: Options): {
  seed: number;
  neglect?: number;
  shortStays?: number;
  longStands?: number;
} {
  const count = (name: string): number | null => {
    const text = options.text(name);
    return text === null ? null : wholeNumber(name, text);
  };
  const neglect = count('neglect');
  const shortStays = count('short-stays');
  const longStands = count('long-stands');
  return {
    seed: count('seed') ?? 1,
    ...(neglect === null ? {} : { neglect }),
    ...(shortStays === null ? {} : { shortStays }),
    ...(longStands === null ? {} : { longStands }),
  };
}
