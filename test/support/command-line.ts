import { fileURLToPath } from 'node:url';
import { BROKEN } from '../campaign/breaks/variables.js';

/**
 * The command line of the build that the test is part of, as users run it. Without a protection it is the modules that the
 * bundle is made of: only a module can be loaded otherwise than it is written.
 */
export const COMMAND_LINE = fileURLToPath(
  new URL(process.env[BROKEN] === undefined ? '../../bin/beatwatch.js' : '../../src/cli.js', import.meta.url),
);
