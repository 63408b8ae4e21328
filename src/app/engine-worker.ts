import { parentPort, workerData } from 'node:worker_threads';
import type { EngineWork } from './engine-messages.js';
import { runEngines } from './engine-runs.js';
import type { KeptWork } from './kept-thread.js';

if (parentPort !== null) runEngines({ port: parentPort, work: workerData as EngineWork & KeptWork });
