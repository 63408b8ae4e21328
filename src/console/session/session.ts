import type { MapTiles } from '../../model/map-tiles.js';
import type { CompiledPlan } from '../../model/plan.js';
import type { View } from '../i18n/texts.js';
import { type Ask, AskError, askHeaders, askWith, endOf } from '../socket/ask.js';
import { type Download, downloadWith } from '../socket/download.js';
import type { SessionEnd } from '../store/state.js';

/** One district as the server lists it. */
export interface DistrictChoice {
  readonly district: string;
  readonly name: CompiledPlan['name'] | null;
  readonly timeZone: string | null;
  readonly clock: 'wall' | 'virtual';
  /** What the district's clock showed when the server answered, ms. */
  readonly nowMs: number;
}

/** Somebody who has signed in. What is shown follows the token's claims; what is allowed, the server decides. */
export interface Session {
  readonly ask: Ask;
  readonly download: Download;
  /** Who it is, as actions and the access record name them. */
  readonly subject: string;
  /** Why an auditor looks; null: nobody must say. */
  readonly purpose: string | null;
  /** Whether the role may act on alerts, open a live socket, and read the record of any age. */
  readonly mayAct: boolean;
  readonly mayLive: boolean;
  readonly mayTrace: boolean;
  /** Whether it may draft plans, and try them. */
  readonly mayPlan: boolean;
  readonly districts: readonly DistrictChoice[];
  /** When they were listed, by this machine's clock, ms. */
  readonly listedMs: number;
  /** The ground under the maps; null: there is none. */
  readonly tiles: MapTiles | null;
}

export type SignInResult =
  | { readonly is: 'in'; readonly session: Session }
  | { readonly is: 'refused'; readonly why: SessionEnd }
  | { readonly is: 'unreachable' };

/** Asks what the token may see. It is a session only where it covers a district of this server. */
export async function signIn(
  origin: string,
  token: string,
  { purpose, nowMs }: { readonly purpose: string | null; readonly nowMs: () => number },
): Promise<SignInResult> {
  const ask = askWith(origin, token, purpose ?? undefined);
  const { role, sub } = claimsOf(token);
  try {
    const [{ items }, { tiles }] = (await Promise.all([ask('/v1/districts'), ask('/v1/map-tiles')])) as [
      { readonly items: DistrictChoice[] },
      { readonly tiles: MapTiles | null },
    ];
    if (items.length === 0) return { is: 'refused', why: 'token-district' };
    const session: Session = {
      ask,
      download: downloadWith(origin, (why) => askHeaders(token, why)),
      subject: sub,
      purpose,
      districts: items,
      listedMs: nowMs(),
      tiles,
      mayAct: role === 'supervisor',
      mayLive: role === 'supervisor' || role === 'admin',
      mayTrace: role === 'auditor' || role === 'admin',
      mayPlan: role === 'admin',
    };
    return { is: 'in', session };
  } catch (error) {
    const why = error instanceof AskError ? endOf(error.code) : null;
    return why === null ? { is: 'unreachable' } : { is: 'refused', why };
  }
}

/** The rooms that a role may enter; the first one is shown at first. */
export function viewsOf({ mayLive, mayTrace }: Pick<Session, 'mayLive' | 'mayTrace'>): readonly View[] {
  if (mayLive) return mayTrace ? ['live', 'plan', 'time'] : ['live', 'plan'];
  return mayTrace ? ['time', 'plan'] : ['plan'];
}

/** Whether its holder must say why before anything is answered. */
export function needsPurpose(token: string): boolean {
  return claimsOf(token).role === 'auditor';
}

/** The claims of a token, which nobody has verified here. */
function claimsOf(token: string): { readonly role: string; readonly sub: string } {
  try {
    const text = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    const { role, sub } = JSON.parse(new TextDecoder().decode(bytes)) as { role?: unknown; sub?: unknown };
    return { role: String(role), sub: String(sub) };
  } catch {
    return { role: '', sub: '' };
  }
}
