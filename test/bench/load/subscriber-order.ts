/** What a process of subscribers is told; it answers `watch` with a Watched, the others with `done`. */
export type SubscriberOrder =
  /** A socket a token; the first `slow` of them read for a moment each second. Resolves when each has had a message. */
  | { readonly kind: 'open'; readonly url: string; readonly tokens: readonly string[]; readonly slow: number }
  | { readonly kind: 'watch'; readonly forMs: number }
  | { readonly kind: 'close' };

/** What the subscribers that are not slow got. */
export interface Watched {
  readonly messages: number;
  readonly bytes: number;
  /** From the first fix that a message of positions tells of to its arrival, one a message. */
  readonly delayMs: readonly number[];
  /** What one of them got, and when after the start. */
  readonly recorded: readonly (readonly [atMs: number, text: string])[];
  /** Sockets that the server closed. */
  readonly closed: number;
}
