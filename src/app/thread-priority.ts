import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';

/** Names the thread that reads it, as `PID/task/TID`; Linux only. */
const OWN_THREAD = '/proc/thread-self';

/**
 * Lets all other threads of the machine come before the calling one where processors are scarce, and before those that it starts: what
 * nobody waits for must not delay acks and alerts. On Linux each thread has a priority of its own; elsewhere nothing is changed.
 */
export function workInBackground(): void {
  try {
    setPriority(Number(basename(readlinkSync(OWN_THREAD))), constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Without /proc, or where the sandbox forbids it, it works like the others.
  }
}
