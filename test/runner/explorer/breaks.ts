/**
 * Protections that a world may be without. Each is taken away in the model only: in the scripts of the fake store, in the
 * reader of the fake log, or by bending what the runner's protocol wants next.
 */
export const BREAKS = {
  'ignore-expected-cursor': 'C2: the commit script writes whatever cursor it finds',
  'keep-committed-outputs':
    'C1: a repeated commit still carries the outputs of entries that another engine has committed',
  'commit-behind': 'C2: an engine that finds the cursor beyond its target commits over it',
  'rewrite-streams': 'C3: the script does not skip the alerts that are there already',
  'cursor-first': 'C3: the script moves the cursor before it writes the streams',
  'mixed-calls': 'C5: the calls of two large commits may mix',
  'keep-state': 'C2: an engine that was told to reload goes on with what it holds',
  'unanchored-reader': 'L1: the reader does not look whether its entry still stands',
  'commit-to-any-run': 'F1: a commit is let through by the cursor alone after a failover',
  'point-on-any-run': 'F1: so is a snapshot pointer',
  'skip-on-any-run': 'F1: so is the record of an entry that cannot be folded',
  'any-fold-commits': 'V1: the commit script does not compare fold versions',
  'unclaimed-takeover': 'V1: a newer fold reads what was told without claiming the cursor first',
  'forget-broken-off': 'V1: a newer fold does not ask what a broken-off commit has told',
  'overwrite-file': 'F1: a snapshot file is named by its place in the log alone',
  'older-pointer': 'S1: an older snapshot pointer replaces a newer one',
  'pointer-before-file': 'S1: the pointer is stored before the file is there',
  'place-of-now': 'S1: a snapshot is pointed to at the place that the engine has come to while it was written',
  'keep-writing': 'F1: a snapshot that was begun before the engine loaded again is pointed to',
  'trim-to-archive': 'S3: the log is trimmed to what is archived, whatever the snapshot',
} as const;

export type Break = keyof typeof BREAKS;
