/** What a fleet's process is told; it answers `pour`, `loop` and `return` with a Sent, the others with `done`. */
export type FleetOrder =
  | {
      /** Makes the backlog that `pour` sends: a fix each `everyMs` of every tracker. */
      readonly kind: 'make';
      readonly trackers: readonly string[];
      readonly seed: number;
      readonly extentM: number;
      readonly fromMs: number;
      readonly toMs: number;
      readonly everyMs: number;
      /** Fixes in a report. */
      readonly perReport: number;
    }
  /** A socket a token, in the order of the trackers. */
  | { readonly kind: 'connect'; readonly url: string; readonly tokens: readonly string[] }
  /** All of the backlog at once, or of each tracker this report alone. */
  | { readonly kind: 'pour'; readonly nth?: number }
  | { readonly kind: 'loop'; readonly forMs: number }
  | { readonly kind: 'pace'; readonly everyMs: number }
  /** Real trackers, which connect all at once, each with one report of the backlog, and try again as long as they must. */
  | {
      readonly kind: 'return';
      readonly url: string;
      readonly tokens: readonly (readonly [tracker: string, token: string])[];
      /** Of each, one a second until now. */
      readonly fixes: number;
    }
  | { readonly kind: 'hang-up' };

export interface Sent {
  /** Until the last answer. */
  readonly tookMs: number;
  /** One a report that was acknowledged. */
  readonly ackMs: readonly number[];
  /** Reports that were refused, or whose socket ended. */
  readonly refused: number;
}
