import { ORDER_FILE } from '../district/parse-order.js';
import { type Options, usageError } from './options.js';
import { actOnServer, readJsonFile } from './server-act.js';

/** Options of `beatwatch district order`, `beatwatch district end` and `beatwatch district roster`. */
export const ORDER_OPTIONS = {
  district: {
    type: 'string',
    value: 'ID',
    help: 'order, end, roster: the district; the only one of the token unless given',
  },
} as const;

interface Answer {
  readonly order?: { readonly id: string; readonly inForceFromMs: number | null; readonly inForceToMs: number | null };
  readonly stale?: { readonly detail: string };
}

/** Makes the operation order of a file on a server. Rejects with a `DistrictError` for an order with faults. */
export async function makeOrderOf(path: string, options: Options): Promise<number> {
  const order = await readJsonFile(path, 'an operation order');
  return await act(options, (actionId) => ['/orders', { order, actionId }]);
}

/** Ends an operation order before its time. */
export async function endOrderOf(id: string, options: Options): Promise<number> {
  const reason = options.text('reason');
  if (reason === null || reason.trim() === '') throw usageError('--reason is missing, expected why the order ends');
  return await act(options, (actionId) => [`/orders/${encodeURIComponent(id)}/end`, { reason, actionId }]);
}

async function act(
  options: Options,
  wishOf: (actionId: string) => readonly [path: string, body: object],
): Promise<number> {
  const { district, answer } = await actOnServer<Answer>(options, { file: ORDER_FILE, wishOf });
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
