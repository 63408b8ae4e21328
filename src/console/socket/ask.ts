import type { SessionEnd } from '../store/state.js';

/** An answer of the server that is no success: its code and its words, or `unreachable` where there was none. */
export class AskError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export interface AskOptions {
  /** Sent as JSON, with POST; absent: a GET. */
  readonly body?: unknown;
  /** Instead of those. */
  readonly method?: 'PUT';
  /** Why somebody looks, for the access record. */
  readonly purpose?: string;
  readonly signal?: AbortSignal;
}

/** Asks the server for JSON. Throws an AskError. */
export type Ask = (path: string, o?: AskOptions) => Promise<unknown>;

/**
 * Asks with a token, which stands in a header and never in a URL.
 *
 * @param origin `http://host:port`, without a path
 * @param why the purpose of what is asked without one of its own
 */
export function askWith(origin: string, token: string, why?: string): Ask {
  return async (path, { body, method, purpose = why, signal } = {}) => {
    const response = await fetch(`${origin}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...askHeaders(token, purpose),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      throw new AskError('unreachable', 0, `the server does not answer (${String(error)})`);
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    const { code = 'internal', message = response.statusText } = (answer ?? {}) as { code?: string; message?: string };
    throw new AskError(code, response.status, message);
  };
}

/** Who asks, and why. */
export function askHeaders(token: string, purpose: string | undefined): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    ...(purpose === undefined ? {} : { 'x-purpose': headerBytes(purpose) }),
  };
}

/** A header carries bytes: text goes in it as UTF-8, each byte as one character. */
function headerBytes(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** The end of a session that a code of the server means; null: asking again may help. */
export function endOf(code: string): SessionEnd | null {
  if (code === 'token-expired' || code === 'token-revoked' || code === 'token-role' || code === 'token-district')
    return code;
  return code.startsWith('token-') ? 'token-refused' : null;
}
