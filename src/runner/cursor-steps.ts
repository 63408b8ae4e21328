import type { Commit, Cursor } from '../model/hot.js';
import { compareLogIds } from '../model/log-id.js';

/** What a commit's answer means (C2), as a value. */
export type AfterCommit =
  /** My target stands: by this try (`mine`), or by an earlier one or another engine that folded the same. */
  | { readonly next: 'done'; readonly mine: boolean }
  /** Somebody is between what I expected and my target: the rest is still mine to write. */
  | { readonly next: 'again'; readonly commit: Commit }
  /** Somebody is beyond my target: nothing to write until my fold has caught up. */
  | { readonly next: 'catch-up'; readonly cursor: Cursor }
  /** The cursor went back, or is not of my history: what I hold is worth nothing. */
  | { readonly next: 'reload'; readonly why: string };

export function afterCommit(found: Cursor | null, commit: Commit): AfterCommit {
  const { expected, target, outputs } = commit;
  if (sameCursor(found, expected)) return { next: 'done', mine: true };
  if (sameCursor(found, target)) return { next: 'done', mine: false };
  if (found === null) return { next: 'reload', why: 'the cursor is gone' };
  if (found.foldVersion !== target.foldVersion)
    return { next: 'reload', why: `fold version ${found.foldVersion} has taken over` };
  if (expected !== null && compareLogIds(found.logId, expected.logId) < 0)
    return { next: 'reload', why: 'the cursor went back' };
  const beyond = compareLogIds(found.logId, target.logId);
  if (beyond > 0) return { next: 'catch-up', cursor: found };
  if (beyond === 0) return { next: 'reload', why: 'the cursor is at my target with other outputs' };
  const rest = outputs.filter(({ logId }) => compareLogIds(logId, found.logId) > 0);
  return { next: 'again', commit: { ...commit, expected: found, outputs: rest } };
}

export function sameCursor(a: Cursor | null, b: Cursor | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    compareLogIds(a.logId, b.logId) === 0 &&
    a.foldVersion === b.foldVersion &&
    a.lastAlert === b.lastAlert &&
    a.lastVisit === b.lastVisit
  );
}
