/** Protections that the model of Redis, the log, the store and the ingest have, each of which can be left out. */
export const MODEL_BREAKS = {
  'compare-and-set': 'C2: a commit is written whatever cursor stands there',
  'known-ids': 'C3: alerts and visits that are in the stream already are written again',
  'cursor-last': 'C3: the cursor moves with the first call of a commit, not with the last',
  'anchored-reader': 'L1: a reader does not look whether the entry that it stands on is still there',
  'newer-pointer': 'S1: an older snapshot pointer replaces a newer one',
  'pointer-behind-cursor': 'S1: a snapshot pointer may be ahead of the cursor, of entries that a failover lost',
  'trim-to-snapshot': 'S3: the log is trimmed to what is archived, whatever the snapshot',
  'trim-to-archive': 'S3: the log is trimmed to the snapshot, whatever is archived',
  'one-history': 'F1: commits compare the log id alone, and go to whichever Redis answers',
  'append-again': 'O2: an append whose outcome is unknown counts as done',
  'far-ahead': 'T2: an append far ahead of Redis and of the log is taken',
  'resumed-time': 'T2: after a resume entries are dated by their ids again',
  'resume-where-it-was': 'Q1: a subscriber that lost an answer goes on after it',
  'durable-acks': 'a report is acknowledged when it is taken, not when it is in the log',
} as const;

export type ModelBreak = keyof typeof MODEL_BREAKS;

export function isModelBreak(name: string): name is ModelBreak {
  return Object.hasOwn(MODEL_BREAKS, name);
}
