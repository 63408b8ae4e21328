/** How one socket of a tracker ended. */
export type LinkEnd =
  /** The server does not want this tracker, and will not in a minute: connecting again would not help. */
  | { readonly kind: 'turned-away'; readonly detail: string; readonly status: number }
  | { readonly kind: 'lost'; readonly retryAfterMs: number };

/** Close codes of the tracker protocol after which a tracker stays away: superseded, token expired or revoked, tracker removed. */
export const STAY_AWAY_CLOSE_CODES: readonly number[] = [4011, 4020, 4021, 4022];
/** Answers to the upgrade request that a repeat may change although they are in the 400s. */
const PASSING_HTTP_STATUSES: readonly number[] = [408, 425, 429];

/** An answer to the upgrade request that was not 101. */
export function endByHttpStatus(status: number, retryAfter: string | undefined): LinkEnd {
  if (status >= 400 && status < 500 && !PASSING_HTTP_STATUSES.includes(status)) {
    return { kind: 'turned-away', status, detail: `HTTP ${status} to the upgrade` };
  }
  const seconds = Number(retryAfter ?? 0);
  return { kind: 'lost', retryAfterMs: Number.isFinite(seconds) ? Math.max(0, seconds * 1_000) : 0 };
}

/** The end of a socket that was open; 1006 when no close frame came. */
export function endByCloseCode(code: number, reason: string): LinkEnd {
  if (STAY_AWAY_CLOSE_CODES.includes(code)) {
    return { kind: 'turned-away', status: code, detail: `close code ${code} ${reason}` };
  }
  return { kind: 'lost', retryAfterMs: 0 };
}
