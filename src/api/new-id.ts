import { randomUUID } from 'node:crypto';

/** An id of a task or a statement, for a caller who gave none: 32 characters, the longest id that there is. */
export function newId(): string {
  return randomUUID().replaceAll('-', '');
}
