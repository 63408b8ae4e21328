import type { Ask } from '../socket/ask.js';

/** The part of an answer about fixes that is used. */
interface FixPage {
  readonly items: readonly {
    readonly eventTimeMs: number | null;
    readonly lng: number | null;
    readonly lat: number | null;
    readonly disposition: string;
  }[];
  readonly next: string | null;
}

/** Further back nobody looks. */
const BACK_MS = 3_600_000;
const MOST_PAGES = 4;

/** Where a unit was last seen by an instant, as the engine took its fixes; null: nowhere in the hour before. Rejects as `ask` does. */
export async function lastSeenBy(
  ask: Ask,
  district: string,
  { unit, byMs, signal }: { readonly unit: string; readonly byMs: number; readonly signal: AbortSignal },
): Promise<readonly [lng: number, lat: number] | null> {
  let last: readonly [number, number] | null = null;
  let after = '';
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const range = `from=${byMs - BACK_MS}&to=${byMs + 1}&limit=1000${after}`;
    const { items, next } = (await ask(`/v1/districts/${district}/units/${unit}/fixes?${range}`, {
      signal,
    })) as FixPage;
    for (const { lng, lat, disposition } of items)
      if (disposition === 'admitted' && lng !== null && lat !== null) last = [lng, lat];
    if (next === null) return last;
    after = `&after=${next}`;
  }
  return last;
}
