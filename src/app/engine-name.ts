import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** Unique over machines, processes and time; an operator finds the process by it. */
export function engineName(): string {
  return `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
}
