import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readToken } from '../config.js';
import { DistrictError, type DistrictFault } from '../district/faults.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { type Options, serverUrl, usageError } from './options.js';
import { askServer, chosenDistrict, patientAsk } from './server-answers.js';
import { stopSignal } from './stopping.js';

/** The JSON of a file; `what` it should be of completes "expected the JSON of …". */
export async function readJsonFile(path: string, what: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw usageError(`${path}: got ${messageOf(error)}, expected the JSON of ${what}`);
  }
}

interface ServerAct {
  /** What faults call the file that it is about. */
  readonly file: string;
  /** POST unless given. */
  readonly method?: 'PUT';
  /** Path below the district, and body, of an act with this id. */
  readonly wishOf: (actionId: string) => readonly [path: string, body: object];
}

/** Does something on a running server, patiently. Rejects with a `DistrictError` for what has faults. */
export async function actOnServer<Answer>(
  options: Options,
  { file, method, wishOf }: ServerAct,
): Promise<{ readonly district: string; readonly answer: Answer }> {
  const [url, token, signal] = [serverUrl(options), readToken(), stopSignal()];
  const more = method === undefined ? {} : { method };
  const ask = patientAsk((path, body) => askServer(`${url}${path}`, token, null, { body, signal, ...more }), {
    signal,
    onTrouble: (message) => process.stderr.write(`${message}: trying again\n`),
  });
  const { district } = await chosenDistrict(ask, options.text('district'));
  // Made once: an attempt whose answer is lost is the same act.
  const [path, body] = wishOf(randomUUID().replaceAll('-', ''));
  const answer = await ask(`/v1/districts/${district}${path}`, body).catch((error: unknown) => {
    throw toDistrictError(file, district, error);
  });
  return { district, answer: answer as Answer };
}

function toDistrictError(file: string, district: string, error: unknown): unknown {
  if (!(error instanceof BeatwatchError) || error.code !== 'refused' || error.details.status !== 422) return error;
  const { details } = JSON.parse(String(error.details.body)) as {
    readonly details: { readonly faults: readonly DistrictFault[]; readonly unlisted: number };
  };
  return new DistrictError(file, details.faults, details.unlisted, district);
}
