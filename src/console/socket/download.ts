import { AskError } from './ask.js';

/** A file that the server makes, under the name that it gives. */
export interface ServerFile {
  readonly name: string;
  readonly blob: Blob;
}

/** Asks for a file. Throws an AskError. */
export type Download = (path: string, purpose: string) => Promise<ServerFile>;

/**
 * Downloads with a token, which stands in a header: so the file passes through the page.
 *
 * @param origin `http://host:port`, without a path
 */
export function downloadWith(origin: string, headersFor: (purpose: string) => Record<string, string>): Download {
  return async (path, purpose) => {
    const response = await fetch(`${origin}${path}`, { headers: headersFor(purpose) }).catch((error: unknown) => {
      throw new AskError('unreachable', 0, `the server does not answer (${String(error)})`);
    });
    if (!response.ok) {
      const { code = 'internal', message = response.statusText } = ((await response.json().catch(() => null)) ??
        {}) as {
        code?: string;
        message?: string;
      };
      throw new AskError(code, response.status, message);
    }
    const name = nameOf(response.headers.get('content-disposition') ?? '') ?? 'beatwatch';
    return { name, blob: await response.blob() };
  };
}

function nameOf(disposition: string): string | null {
  return /filename="([^"]+)"/.exec(disposition)?.[1] ?? null;
}
