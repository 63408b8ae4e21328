import { takeAway } from './breaks.js';
import { BROKEN, MARKS } from './variables.js';

/** Preloaded by `test-without.ts` into a test and into each program that it starts, before any module of `src/` is loaded. */
takeAway(process.env[BROKEN] ?? null, process.env[MARKS] ?? null);
