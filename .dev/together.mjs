// node .dev/together.mjs FILE…: plays compiled test files one after the other in one process. What a file prints stands between the
// comments `# file FILE` and `# file over`. A file with a teardown for all of its tests must be the only one: tap ends with it.

import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A process whose tests are over ends within this: what is still open then was left open. */
const END_WITHIN_MS = 20_000;
const files = process.argv.splice(2);
// tap calls a test's own folder by the program, and by what was said to it.
process.argv[1] = resolve(files[0]);
const { default: t } = await import('tap');
const timeoutMs = Number(process.env.TAP_TIMEOUT) * 1_000;
let isLate = false;
t.once('timeout', () => {
  isLate = true;
});

for (const file of files) {
  t.comment(`file ${file}`);
  // A file may set others, which are its own.
  t.setTimeout(timeoutMs);
  t.jobs = 1;
  await import(pathToFileURL(resolve(file)).href);
  if (!t.idle) await once(t, 'idle');
  // tap ends this process soon.
  if (isLate) break;
  t.comment('file over');
}
t.setTimeout(Math.min(END_WITHIN_MS, timeoutMs));
