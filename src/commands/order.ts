import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readToken } from '../config.js';
import { DistrictError, type DistrictFault } from '../district/faults.js';
import { ORDER_FILE } from '../district/parse-order.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { type Options, serverUrl, usageError } from './options.js';
import { askServer, chosenDistrict, patientAsk } from './server-answers.js';
import { stopSignal } from './stopping.js';

/** Options of `beatwatch district order` and `beatwatch district end`. */
export const ORDER_OPTIONS = {
  district: { type: 'string', value: 'ID', help: 'order, end: the district; the only one of the token unless given' },
} as const;

interface Answer {
  readonly order?: { readonly id: string; readonly inForceFromMs: number | null; readonly inForceToMs: number | null };
  readonly stale?: { readonly detail: string };
}

/** Makes the operation order of a file on a server. Rejects with a `DistrictError` for an order with faults. */
export async function makeOrderOf(path: string, options: Options): Promise<number> {
  const order = await readOrder(path);
  return await act(options, (actionId) => ['/orders', { order, actionId }]);
}

/** Ends an operation order before its time. */
export async function endOrderOf(id: string, options: Options): Promise<number> {
  const reason = options.text('reason');
  if (reason === null || reason.trim() === '') throw usageError('--reason is missing, expected why the order ends');
  return await act(options, (actionId) => [`/orders/${encodeURIComponent(id)}/end`, { reason, actionId }]);
}

async function readOrder(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw usageError(`${path}: got ${messageOf(error)}, expected the JSON of an operation order`);
  }
}

async function act(
  options: Options,
  wishOf: (actionId: string) => readonly [path: string, body: object],
): Promise<number> {
  const [url, token, signal] = [serverUrl(options), readToken(), stopSignal()];
  const ask = patientAsk((path, body) => askServer(`${url}${path}`, token, null, { body, signal }), {
    signal,
    onTrouble: (message) => process.stderr.write(`${message}: trying again\n`),
  });
  const { district } = await chosenDistrict(ask, options.text('district'));
  // Made once: an attempt whose answer is lost is the same act.
  const [path, body] = wishOf(randomUUID().replaceAll('-', ''));
  const answer = (await ask(`/v1/districts/${district}${path}`, body).catch((error: unknown) => {
    throw toDistrictError(district, error);
  })) as Answer;
  const said = sentenceOf(district, answer);
  process.stdout.write(`${options.flag('json') ? JSON.stringify({ type: 'order', district, ...answer }) : said}\n`);
  return 0;
}

function sentenceOf(district: string, { order, stale }: Answer): string {
  if (order === undefined)
    return `It is in the log of ${district}, and no engine has taken it up yet: ${stale?.detail ?? 'nobody says why'}`;
  const { id, inForceFromMs, inForceToMs } = order;
  if (inForceFromMs === null || inForceToMs === null) return `Order ${id} of ${district} never takes effect.`;
  const [from, to] = [inForceFromMs, inForceToMs].map((ms) => new Date(ms).toISOString());
  return `Order ${id} of ${district} stands from ${from} to ${to}.`;
}

function toDistrictError(district: string, error: unknown): unknown {
  if (!(error instanceof BeatwatchError) || error.code !== 'refused' || error.details.status !== 422) return error;
  const { details } = JSON.parse(String(error.details.body)) as {
    readonly details: { readonly faults: readonly DistrictFault[]; readonly unlisted: number };
  };
  return new DistrictError(ORDER_FILE, details.faults, details.unlisted, district);
}
