import { setTimeout as sleep } from 'node:timers/promises';
import { BeatwatchError, messageOf } from '../model/errors.js';

interface District {
  readonly district: string;
  readonly timeZone: string | null;
}

/** Asks for a path of a server, with a body by POST, and answers its JSON. */
export type Ask = (path: string, body?: object) => Promise<unknown>;

/** The district that was named, or the only one that the token covers and the server has. */
export async function chosenDistrict(ask: Ask, named: string | null): Promise<District> {
  if (named !== null) return (await ask(`/v1/districts/${encodeURIComponent(named)}`)) as District;
  const { items } = (await ask('/v1/districts')) as { readonly items: readonly District[] };
  const [only] = items;
  if (only !== undefined && items.length === 1) return only;
  const ids = items.map(({ district }) => district).join(', ') || 'none';
  throw new BeatwatchError('usage', `--district is missing, expected one of the server's: ${ids}`);
}

export interface AskOptions {
  /** Sent by POST unless `method` says another way; a GET unless given. */
  readonly body?: object | undefined;
  readonly method?: 'PUT';
  readonly signal?: AbortSignal;
}

/** Codes: `unreachable` when no whole answer came; `refused`, with details `status` and `body`. */
export async function askServer(
  url: string,
  token: string,
  purpose: string | null,
  options: AskOptions = {},
): Promise<unknown> {
  const { bytes } = await askForFile(url, token, purpose, options);
  return JSON.parse(bytes.toString('utf8'));
}

/** The bytes of an answer, and its headers. Codes: as `askServer`. */
export async function askForFile(
  url: string,
  token: string,
  purpose: string | null,
  { body, method, signal }: AskOptions = {},
): Promise<{ readonly headers: Headers; readonly bytes: Buffer }> {
  // Headers are bytes: the server reads these as UTF-8.
  const said = purpose === null ? {} : { 'x-purpose': Buffer.from(purpose).toString('latin1') };
  const posted = body === undefined ? {} : { method: method ?? 'POST', body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const headers = { authorization: `Bearer ${token}`, ...said, ...type };
  const answer = await wholeAnswer(url, { ...posted, headers, ...(signal === undefined ? {} : { signal }) });
  const { status, bytes } = answer;
  if (status >= 200 && status < 300) return answer;
  const text = bytes.toString('utf8');
  throw new BeatwatchError('refused', `${url}: got ${status} ${text}, expected an answer`, { status, body: text });
}

async function wholeAnswer(
  url: string,
  init: RequestInit,
): Promise<{ readonly status: number; readonly headers: Headers; readonly bytes: Buffer }> {
  try {
    const response = await fetch(url, init);
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  } catch (error) {
    init.signal?.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
    throw new BeatwatchError('unreachable', `${url}: got ${cause}, expected a running server; --url says which`);
  }
}

/** Between two tries, ms; after the last one it gives up. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
/** The server, or what stands before it, says: not now. */
const NOT_NOW = new Set([429, 502, 503, 504]);

export interface PatienceOptions {
  readonly signal: AbortSignal;
  readonly onTrouble: (message: string) => void;
  readonly pausesMs?: readonly number[];
}

/** Asks again when no whole answer came, or the server says: not now. Other refusals are final. */
export function patientAsk(ask: Ask, { signal, onTrouble, pausesMs = PAUSES_MS }: PatienceOptions): Ask {
  return async (path, body) => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await ask(path, body);
      } catch (error) {
        const pauseMs = pausesMs[attempt];
        if (pauseMs === undefined || !mayPass(error)) throw error;
        onTrouble(messageOf(error));
        await sleep(pauseMs, undefined, { signal });
      }
    }
  };
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof BeatwatchError)) return false;
  return error.code === 'unreachable' || (error.code === 'refused' && NOT_NOW.has(Number(error.details.status)));
}

interface ServerPage {
  readonly items: readonly unknown[];
  /** Given as `after` for the next page; null: this was the last. */
  readonly next: number | string | null;
  readonly missing?: readonly unknown[];
}

/** The items of all pages of a paged route. A page that did not come whole is asked for again: no item comes twice, and none is left out. */
export async function* pagedItems(
  ask: Ask,
  path: string,
  query: Readonly<Record<string, string>>,
  onMissing: (missing: readonly unknown[]) => void,
  body?: object,
): AsyncGenerator<unknown> {
  for (let after: number | string | null = null; ; ) {
    const asked = new URLSearchParams({ ...query, ...(after === null ? {} : { after: String(after) }) });
    const page = (await ask(`${path}?${asked.toString()}`, body)) as ServerPage;
    if (page.missing !== undefined && page.missing.length > 0) onMissing(page.missing);
    yield* page.items;
    if (page.next === null) return;
    after = page.next;
  }
}
