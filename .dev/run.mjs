// node .dev/run.mjs <compiled script> [arguments]: sets up, then becomes that script. It runs in this process,
// so stdin, stdout, signals and the exit code are the script's own.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { giveUp, setUp } from './setup.mjs';
import { endWithNpm, releaseSignals, root } from './shell.mjs';

const [script, ...args] = process.argv.slice(2);
const path = resolve(root, script);
endWithNpm();
try {
  await setUp({ tests: false });
} catch (error) {
  giveUp(error);
  process.exit();
}
releaseSignals();
process.argv = [process.execPath, path, ...args];
await import(pathToFileURL(path).href);
