// Loaded before a test file. tap follows every promise and timer to name the test that an uncaught error belongs to, which costs a
// third of the time of tests that await much. Without that an uncaught error still fails its file; only the test is not named.

import asyncHooks from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';

asyncHooks.createHook = () => ({ enable: () => {}, disable: () => {} });
syncBuiltinESMExports();
