import type { MissingNumbers } from '../model/losses.js';
import { apiError } from './errors.js';
import { MAX_MISSING, MAX_SCAN, SCAN_CHUNK } from './limits.js';
import type { ReadVersions, Superseded, Versioned } from './superseded.js';

export interface Page<Item> {
  readonly items: Item[];
  /** Give it as `after` for the next page; null at the end of the stream as it was. */
  readonly next: number | null;
  /** Versions among those that were looked through that are not there: somebody took them away. At most MAX_MISSING. */
  readonly missing: readonly MissingNumbers[];
}

export interface PageRequest<Version extends Versioned> {
  readonly read: ReadVersions<Version>;
  /** Leaves out every version that it says is replaced; null: all versions. */
  readonly superseded: Superseded | null;
  /** Transitions above this. */
  readonly after: number;
  readonly limit: number;
  readonly passes: (version: Version) => boolean;
}

/**
 * One page of a stream in the order of transitions. It looks at no more than MAX_SCAN versions, so a page may be short, or
 * empty, and still have a next one. A version that is replaced between two pages shows up again at the end, as its successor.
 */
export async function versionPage<Version extends Versioned>(o: PageRequest<Version>): Promise<Page<Version>> {
  const upTo = o.superseded === null ? Number.POSITIVE_INFINITY : await o.superseded.catchUp();
  const items: Version[] = [];
  const missing: MissingNumbers[] = [];
  let after = o.after;
  for (let scanned = 0; scanned < MAX_SCAN; ) {
    const page = await o.read({ after, count: Math.min(SCAN_CHUNK, MAX_SCAN - scanned) });
    if (page.kind === 'resync') {
      if (page.last === 0 && after === 0) return { items, next: null, missing };
      if (after !== 0) throw gone(after, page);
      missing.push({ from: 1, to: page.first - 1 });
      after = page.first - 1;
      continue;
    }
    const end = Math.min(upTo, page.last);
    for (const version of page.versions) {
      if (version.transition > end) break;
      if (version.transition > after + 1 && missing.length < MAX_MISSING) {
        missing.push({ from: after + 1, to: version.transition - 1 });
      }
      after = version.transition;
      if (o.superseded?.has(after) === true || !o.passes(version)) continue;
      items.push(version);
      if (items.length === o.limit) return { items, next: after < end ? after : null, missing };
    }
    if (after >= end) return { items, next: null, missing };
    scanned += page.versions.length;
  }
  return { items, next: after, missing };
}

/** A page of versions that are at hand, in the order of transitions. */
export function pageOfList<Version extends Versioned>(
  versions: readonly Version[],
  { after, limit, passes }: Pick<PageRequest<Version>, 'after' | 'limit' | 'passes'>,
): Page<Version> {
  const found = versions.filter((version) => version.transition > after && passes(version));
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? (items.at(-1)?.transition ?? null) : null, missing: [] };
}

/** The place is beyond the newest version (another stream than before, or a slip), or before the oldest that is left. */
function gone(after: number, { first, last }: { readonly first: number; readonly last: number }) {
  const newest = last === 0 ? 'there is none yet' : `${last} is the newest`;
  const message =
    after > last
      ? `got after=${after}, expected at most ${last}: ${newest}; begin again without after`
      : `got after=${after}, expected 0 or ${first - 1} to ${last}: the server no longer has the items before ${first}`;
  return apiError('page-gone', message, { got: after, first, last });
}
