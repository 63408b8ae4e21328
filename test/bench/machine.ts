import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

/** What a figure was measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly commit: string;
}

export function machine(): Machine {
  const [cpu] = cpus();
  return { cpu: cpu?.model ?? 'unknown cpu', cores: cpus().length, node: process.version, commit: commit() };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
