import { parentPort, workerData } from 'node:worker_threads';
import { checkPlan, type PlanCheckWork } from './plan-check.js';
import { workInBackground } from './thread-priority.js';

workInBackground();
parentPort?.postMessage(checkPlan(workerData as PlanCheckWork));
