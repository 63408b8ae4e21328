import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Ticks of the processor's clock in a second, as Linux counts them for other processes. */
const TICKS_PER_S = 100;

/** The most memory that a process has had, MB. NaN where the system is not Linux. */
export function peakMemoryMb(pid: number): number {
  return statusMb(pid, 'VmHWM');
}

/** The memory that a process has now, MB. NaN where the system is not Linux. */
export function memoryMb(pid: number): number {
  return statusMb(pid, 'VmRSS');
}

function statusMb(pid: number, field: string): number {
  if (process.platform !== 'linux') return Number.NaN;
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kilobytes) * 1_024) / 1e6;
}

/** How long all threads of a process have been on a core, seconds. NaN where the system is not Linux. */
export function cpuSeconds(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN;
  // Behind the name, which may have anything in it: fields 3 and on.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** What all threads of this process need of a core for a piece of work, ms. */
export function cpuMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

/** What this process holds after a full collection. */
export function liveMemory(): NodeJS.MemoryUsage {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage();
}
