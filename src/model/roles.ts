export const ROLES = ['tracker', 'supervisor', 'auditor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who speaks, as a verified token says it. */
export interface Identity {
  /** Tracker id for trackers, a person's account otherwise. */
  readonly subject: string;
  readonly role: Role;
  /** District ids that the token is good for. */
  readonly districts: readonly string[];
  /** When the token was made (`iat`, whole seconds). */
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** The token's own id (`jti`). */
  readonly tokenId: string;
}

/** Whose tokens are meant: a tracker's, or a person's whatever the role. The two may have the same name. */
export type Holder = { readonly tracker: string } | { readonly person: string };

export function holderOf({ role, subject }: Pick<Identity, 'role' | 'subject'>): Holder {
  return role === 'tracker' ? { tracker: subject } : { person: subject };
}

/** Every id of a district, place, unit, tracker, group or rule. */
export const ID_PATTERN = '^[a-z0-9-]{1,32}$';
const ID = new RegExp(ID_PATTERN);
export function isId(text: unknown): text is string {
  return typeof text === 'string' && ID.test(text);
}
