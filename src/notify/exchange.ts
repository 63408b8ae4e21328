import { lookup as resolveName } from 'node:dns';
import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type BlockList, isIP, type LookupFunction } from 'node:net';
import type { NoticeCode } from '../model/notice.js';
import { isAllowed, mayAsk } from './addresses.js';

/** One attempt takes at most this long, from the look-up of the name to the end of the answer. */
export const ATTEMPT_MS = 10_000;
/** So much of an answer is read; whatever follows is cut off. */
export const MAX_ANSWER_BYTES = 65_536;
const MAX_HEADER_BYTES = 16_384;

export interface Outgoing {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What came back, or why nothing did. */
export type Exchange =
  | {
      readonly is: 'answer';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: string;
      /** It went on for longer than is read. */
      readonly isCut: boolean;
    }
  | { readonly is: 'failure'; readonly code: NoticeCode; readonly detail: string };

export interface ExchangeOptions {
  readonly allowed: BlockList;
  /** Less than ATTEMPT_MS in tests. */
  readonly withinMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Posts once, and follows nothing: a redirect is an answer like any other. The address is judged after the name was looked up, and the
 * connection goes to that very address, so that no name can lead elsewhere between the two. Never rejects.
 */
export function exchange({ url, headers, body }: Outgoing, o: ExchangeOptions): Promise<Exchange> {
  return new Promise((resolve) => {
    const withinMs = o.withinMs ?? ATTEMPT_MS;
    const isPlain = url.protocol === 'http:';
    const judge = (address: string): string | null => refusalOf(address, isPlain, o.allowed);
    let request: ClientRequest | null = null;
    const end = (outcome: Exchange): void => {
      clearTimeout(timer);
      o.signal?.removeEventListener('abort', onAbort);
      resolve(outcome);
      request?.destroy();
    };
    const fail = (code: NoticeCode, detail: string): void => end({ is: 'failure', code, detail });
    const timer = setTimeout(() => fail('timed-out', `no whole answer within ${withinMs} ms`), withinMs);
    const onAbort = (): void => fail('closed', 'the server that sends is stopping');
    o.signal?.addEventListener('abort', onAbort);
    if (o.signal?.aborted === true) return onAbort();
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    const refused = isIP(literal) === 0 ? null : judge(literal);
    if (refused !== null) return fail('address-refused', refused);
    const options: RequestOptions = {
      method: 'POST',
      // A new connection each: one that was judged once is not taken for another message.
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      headers: { ...headers, 'content-length': String(body.length), connection: 'close' },
      lookup: judgedLookup(judge),
    };
    request = (isPlain ? httpRequest : httpsRequest)(url, options);
    request.on('error', (error) => fail(...failureOf(error)));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const answer = (isCut: boolean): void => {
        const text = Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8');
        end({ is: 'answer', status: response.statusCode ?? 0, headers: response.headers, body: text, isCut });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) answer(true);
      });
      response.on('end', () => answer(false));
      response.on('error', () => fail('closed', 'the connection was closed in the middle of the answer'));
      response.on('aborted', () => fail('closed', 'the connection was closed in the middle of the answer'));
    });
    request.end(body);
  });
}

/** Null: the address may be asked. */
function refusalOf(address: string, isPlain: boolean, allowed: BlockList): string | null {
  if (!mayAsk(address, allowed))
    return `got the private address ${address}, expected a public one or one that allowPrivate has`;
  if (isPlain && !isAllowed(address, allowed))
    return `got http to ${address}, expected https, or an address that allowPrivate has`;
  return null;
}

class RefusedAddress extends Error {}

/** Every address of the name must be one that may be asked: a name with a private one beside a public one is a trap. */
function judgedLookup(judge: (address: string) => string | null): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const refused = addresses.map(({ address }) => judge(address)).find((reason) => reason !== null);
      if (refused !== undefined && refused !== null) return callback(new RefusedAddress(refused), '');
      const [first] = addresses;
      if (first === undefined) return callback(new Error('no address'), '');
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

const NAME_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'ENODATA', 'ESERVFAIL']);
const CLOSED_CODES = new Set(['ECONNRESET', 'EPIPE']);

/** In our own words: those of the machine may hold what is secret. */
function failureOf(error: Error): [code: NoticeCode, detail: string] {
  if (error instanceof RefusedAddress) return ['address-refused', error.message];
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (NAME_CODES.has(code)) return ['name-unknown', `its name cannot be looked up (${code})`];
  if (code.startsWith('HPE_')) return ['answer-unreadable', `got no HTTP (${code})`];
  if (code.startsWith('ERR_TLS') || /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO|EPROTO/.test(code))
    return ['tls-failed', `no safe connection (${code})`];
  if (CLOSED_CODES.has(code)) return ['closed', `the connection was closed before an answer (${code})`];
  return ['connect-failed', `no connection (${code || error.name})`];
}
