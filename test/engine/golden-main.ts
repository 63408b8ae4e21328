import { isDeepStrictEqual } from 'node:util';
import { committedGolden, computeGolden, writeGolden } from './golden.js';

/** The golden of this Node against the committed one; test/README.md ("Determinism") has the line that runs it on several. */
const golden = computeGolden();
if (process.env.UPDATE_GOLDEN === '1') writeGolden(golden);
const isSame = isDeepStrictEqual(golden, committedGolden());
console.log(
  `node ${process.version}: ${isSame ? 'the same outputs and bytes' : `other outputs: ${JSON.stringify(golden)}`}`,
);
if (!isSame) process.exitCode = 1;
