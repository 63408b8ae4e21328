import { ROSTER_FILE } from '../district/parse-roster.js';
import type { RosterRecord } from '../model/hot.js';
import type { Options } from './options.js';
import { actOnServer, readJsonFile } from './server-act.js';

interface Answer {
  readonly roster?: RosterRecord;
  readonly stale?: { readonly detail: string };
}

/** Sets the roster of a file on a server. Rejects with a `DistrictError` for a roster with faults. */
export async function setRosterOf(path: string, options: Options): Promise<number> {
  const roster = await readJsonFile(path, 'a roster');
  const { district, answer } = await actOnServer<Answer>(options, {
    file: ROSTER_FILE,
    method: 'PUT',
    wishOf: (rosterId) => ['/roster', { roster, rosterId }],
  });
  const said = options.flag('json')
    ? JSON.stringify({ type: 'roster', district, ...answer })
    : sentenceOf(district, answer);
  process.stdout.write(`${said}\n`);
  return 0;
}

function sentenceOf(district: string, { roster, stale }: Answer): string {
  if (roster === undefined)
    return `It is in the log of ${district}, and no engine has taken it up yet: ${stale?.detail ?? 'nobody says why'}`;
  const [from, to] = [roster.last.fromMs, roster.last.toMs].map((ms) => new Date(ms).toISOString());
  const officers = new Set(roster.shifts.flatMap((shift) => shift.officers));
  return `The roster of ${district} holds from ${from} to ${to}. Kept are ${roster.shifts.length} shifts of ${officers.size} officers.`;
}
