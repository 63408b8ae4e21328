import type { CompiledPlan } from '../../model/plan.js';
import type { LiveMessage } from '../../protocol/live-socket.js';
import type { SessionEnd } from './state.js';

/** What changes the console's state. Times are this machine's clock, ms. */
export type ConsoleEvent =
  | { readonly is: 'message'; readonly message: LiveMessage }
  | { readonly is: 'linked' }
  | { readonly is: 'unlinked'; readonly atMs: number; readonly why: string }
  | { readonly is: 'ended'; readonly why: SessionEnd }
  | { readonly is: 'plan'; readonly plan: CompiledPlan | null }
  /** An answer of the server said its time, `askedMs` and `answeredMs` after it was asked. */
  | { readonly is: 'clock'; readonly serverMs: number; readonly askedMs: number; readonly answeredMs: number };
