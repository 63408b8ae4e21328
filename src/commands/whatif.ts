import { joinedHistory } from '../archive/joined-history.js';
import { openExistingArchive } from '../archive/existing-archive.js';
import { NO_LOG } from '../app/no-log.js';
import { firstPlan } from '../app/read-district.js';
import { triedPlan } from '../app/tried-plan.js';
import { loadDistrict } from '../district/load-district.js';
import { BeatwatchError } from '../model/errors.js';
import { type WhatIfQuestion, whatIf } from '../days/what-if/what-if.js';
import type { WhatIf } from '../model/what-if.js';
import { required } from './export-options.js';
import { instantMs, readOptions, usageError, wholeNumber } from './options.js';
import { openOutput, type Output } from './output.js';
import { stoppedEarly, stopSignal } from './stopping.js';
import { whatIfLines } from './whatif-text.js';

const USAGE = `beatwatch whatif --plan FOLDER --archive FOLDER --unrecorded --from INSTANT --to INSTANT [--operators 1] [--json]

Folds recorded days twice, under the plans that were in force and under the plan of a district folder, and prints what would have
been: alerts an hour by rule and severity, how many were taken back later, which are new and which are gone. An operator can act on
about six alerts an hour. Nothing is changed, and nobody is told. The twelve hours before are folded, too.`;

const OPTIONS = {
  plan: { type: 'string', value: 'FOLDER', help: 'the district folder whose plan is tried' },
  archive: { type: 'string', value: 'FOLDER', help: 'the archive of the district' },
  unrecorded: { type: 'boolean', help: 'you know that no access entry is written' },
  from: { type: 'string', value: '2026-11-24T08:30:00+08:00', help: 'alerts from this instant on' },
  to: { type: 'string', value: '2026-11-24T20:00:00+08:00', help: 'and before this one' },
  operators: { type: 'string', value: '1', help: 'how many people act on the alerts' },
  json: { type: 'boolean', help: 'one JSON object on stdout' },
} as const;

/** More people than any room has. */
const MAX_OPERATORS = 1_000;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const [planFolder, archiveFolder] = [required(options, 'plan'), required(options, 'archive')];
  const [fromMs, toMs] = [instantMs('from', required(options, 'from')), instantMs('to', required(options, 'to'))];
  if (toMs <= fromMs) throw usageError(`--to: got ${options.text('to')}, expected an instant after --from`);
  const operators = wholeNumber('operators', options.text('operators') ?? '1', 1, MAX_OPERATORS);
  if (!options.flag('unrecorded'))
    throw usageError('--unrecorded is missing: no access entry is written of what is read from an archive');
  const json = options.flag('json');
  const output = openOutput({ json });
  const source = await loadDistrict(planFolder);
  const planFrom = triedPlan(firstPlan(source, fromMs));
  const found = await ask(archiveFolder, source.id, { planFrom, fromMs, toMs, operators }, output);
  const lines = json ? [JSON.stringify(found)] : whatIfLines(found, { timeZone: source.timeZone, operators });
  for (const line of lines) output.line(line);
  return 0;
}

async function ask(
  archiveFolder: string,
  planned: string,
  question: Omit<WhatIfQuestion, 'district'>,
  output: Output,
): Promise<WhatIf> {
  const signal = stopSignal();
  const archive = await openExistingArchive(archiveFolder);
  try {
    const { district } = archive;
    if (planned !== district) throw otherDistrict(planned, district);
    const onProgress = (share: number): void => output.state(`${Math.round(100 * share)} % is folded`, share);
    return await whatIf(joinedHistory(archive, NO_LOG), { district, ...question }, { signal, onProgress });
  } catch (error) {
    throw signal.aborted ? stoppedEarly('fold all of the time') : error;
  } finally {
    output.end();
    await archive.close();
  }
}

function otherDistrict(got: string, expected: string): BeatwatchError {
  return new BeatwatchError(
    'what-if-district',
    `got a plan of district ${got}, expected one of ${expected}, whose archive it is`,
    {},
  );
}
