import { machineTimers } from '../../src/ingest/timers.js';
import { DISTRICT, MemoryDistrict, startIngest } from './support.js';

/** A program that serves `t-1` and `t-2` and closes whom it does not hear for so long, ms; tells its address to the test that forked it. */
const idleSocketMs = Number(process.argv[2]);
const scope = { teardown: () => undefined };
const district = new MemoryDistrict('t-1', 't-2');
const { url } = await startIngest(scope, { [DISTRICT]: district }, { timers: machineTimers, idleSocketMs });
process.send?.(url);
