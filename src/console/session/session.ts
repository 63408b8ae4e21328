import type { CompiledPlan } from '../../model/plan.js';
import { type Ask, AskError, askWith, endOf } from '../socket/ask.js';
import type { SessionEnd } from '../store/state.js';

/** One district as the server lists it. */
export interface DistrictChoice {
  readonly district: string;
  readonly name: CompiledPlan['name'] | null;
  readonly timeZone: string | null;
  readonly clock: 'wall' | 'virtual';
}

/** Somebody who has signed in. */
export interface Session {
  readonly ask: Ask;
  /** Whether the token says that its holder may act. What is shown follows it; what is allowed, the server decides. */
  readonly mayAct: boolean;
  readonly districts: readonly DistrictChoice[];
}

export type SignInResult =
  | { readonly is: 'in'; readonly session: Session }
  | { readonly is: 'refused'; readonly why: SessionEnd }
  | { readonly is: 'unreachable' };

/** Asks what the token may see. It is a session only where it covers a district of this server. */
export async function signIn(origin: string, token: string): Promise<SignInResult> {
  const ask = askWith(origin, token);
  try {
    const { items } = (await ask('/v1/districts')) as { items: DistrictChoice[] };
    return items.length === 0
      ? { is: 'refused', why: 'token-district' }
      : { is: 'in', session: { ask, districts: items, mayAct: roleOf(token) === 'supervisor' } };
  } catch (error) {
    const why = error instanceof AskError ? endOf(error.code) : null;
    return why === null ? { is: 'unreachable' } : { is: 'refused', why };
  }
}

/** The role in a token's claims, which nobody has verified here. */
function roleOf(token: string): string {
  try {
    const claims = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    return String((JSON.parse(atob(claims)) as { role?: unknown }).role);
  } catch {
    return '';
  }
}
