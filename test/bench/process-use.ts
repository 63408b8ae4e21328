import { readFileSync } from 'node:fs';

/** The most memory that a process has had, MB. NaN where the system is not Linux. */
export function peakMemoryMb(pid: number): number {
  return statusMb(pid, 'VmHWM');
}

function statusMb(pid: number, field: string): number {
  if (process.platform !== 'linux') return Number.NaN;
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kilobytes) * 1_024) / 1e6;
}
