import type { IncomingMessage } from 'node:http';
import type { ErrorAnswer } from './errors.js';
import { MAX_HEADERS } from './limits.js';

/**
 * What is wrong with a request before anybody looks at what it asks for, or null: its version of HTTP, the number of its header
 * fields, and a target that is no path of this server.
 */
export function shapeFault({ httpVersion, rawHeaders, url = '' }: IncomingMessage): ErrorAnswer | null {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    return { code: 'http-version', message: `got HTTP/${httpVersion}, expected HTTP/1.1 or 1.0`, details: {} };
  }
  if (rawHeaders.length / 2 > MAX_HEADERS) {
    const message = `got more than ${MAX_HEADERS} header fields, expected at most that`;
    return { code: 'headers-too-large', message, details: { expected: MAX_HEADERS } };
  }
  if (!url.startsWith('/') || url.startsWith('//')) {
    return {
      code: 'http-malformed',
      message: 'got a target that is no path, expected one such as /healthz',
      details: {},
    };
  }
  return null;
}
