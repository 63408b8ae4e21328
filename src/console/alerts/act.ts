import type { AlertAnswer } from '../../protocol/alert-states.js';
import type { Texts } from '../i18n/texts.js';
import { type Ask, AskError } from '../socket/ask.js';

/** What a supervisor does to an alert. */
export type Deed = 'acknowledge' | 'comment' | 'shelve' | 'unshelve' | 'resolve';

/** Deeds that take words first. */
export type SaidDeed = Exclude<Deed, 'acknowledge' | 'unshelve'>;

/** What can be done to an alert as it is: the engine decides again. */
export function deedsOf({ state, condition, acknowledged, rule }: AlertAnswer): readonly Deed[] {
  if (condition === 'retracted') return ['comment'];
  const isActive = condition === 'active';
  return [
    ...(acknowledged ? [] : (['acknowledge'] as const)),
    'comment',
    ...(isActive && rule !== 'sos' && state !== 'shelved' ? (['shelve'] as const) : []),
    ...(state === 'shelved' ? (['unshelve'] as const) : []),
    ...(isActive && rule === 'sos' ? (['resolve'] as const) : []),
  ];
}

interface Doing {
  readonly ask: Ask;
  readonly district: string;
  readonly texts: Texts;
  /** The server's time, ms: what a shelf lasts is counted from it. */
  readonly nowMs: number;
}

/** Sends an action on the version that was seen, and answers what to say of it; null: the alert itself says it. */
export async function act(
  { ask, district, texts: { alerts }, nowMs }: Doing,
  { alertId, version }: AlertAnswer,
  deed: Deed,
  { minutes, ...body }: { readonly minutes?: number; readonly reason?: string; readonly comment?: string } = {},
): Promise<string | null> {
  const until = minutes === undefined ? {} : { until: new Date(nowMs + minutes * 60_000).toISOString() };
  try {
    await ask(`/v1/districts/${district}/alerts/${encodeURIComponent(alertId)}/${deed}`, {
      body: { version, ...body, ...until },
    });
    return null;
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    return error.status === 409 ? alerts.changed : alerts.failed(error.message);
  }
}
