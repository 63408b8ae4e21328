/** Why the server closes a supervisor's live socket, and what the client should do. Part of the published contract. */
export const LIVE_CLOSE_CODES = {
  'going-away': {
    code: 1001,
    meaning: 'The process shuts down.',
    advice: 'Connect again with after=<last transition>.',
  },
  'message-unsupported': { code: 1003, meaning: 'A binary message.', advice: 'Send JSON text.' },
  'message-too-large': { code: 1009, meaning: 'A message above the cap.', advice: 'Send smaller messages.' },
  'internal-error': { code: 1011, meaning: 'A fault of this server.', advice: 'Connect again after a pause.' },
  'message-invalid': {
    code: 4400,
    meaning: 'A message that is not as documented; an error message says why.',
    advice: 'Mend it.',
  },
  'token-expired': { code: 4401, meaning: 'The token has expired.', advice: 'Connect again with a fresh token.' },
  'token-revoked': { code: 4402, meaning: 'The token was revoked.', advice: 'Ask for another credential.' },
  'consumer-too-slow': {
    code: 4408,
    meaning: 'More is waiting unsent than the cap: the client does not read fast enough.',
    advice: 'Connect again with after=<last transition>: no alert is missed.',
  },
  'too-many-messages': {
    code: 4429,
    meaning: 'Too many messages in a minute.',
    advice: 'Connect again after a pause.',
  },
  'access-log-unavailable': {
    code: 4503,
    meaning: 'The read could not be recorded, so it is not answered.',
    advice: 'Connect again after a pause.',
  },
  'state-unavailable': {
    code: 4504,
    meaning: "The district's state cannot be read now.",
    advice: 'Connect again with after=<last transition> after a pause.',
  },
} as const satisfies Readonly<Record<string, { code: number; meaning: string; advice: string }>>;

export type LiveCloseReason = keyof typeof LIVE_CLOSE_CODES;
