import type { TestedBreak } from './tested-breaks.js';

const NOTICES = 'test/notify/notices.test.ts';
const SCRIPTS = 'notify/scripts.js';

/** What keeps people told once, of what they are to be told, and nobody else. */
export const NOTICE_BREAKS = {
  'notice-claims': {
    what: 'a sender whose claim ran out ends the message all the same',
    patches: [
      {
        module: SCRIPTS,
        find: "if redis.call('HGET', KEYS[3], id) ~= ARGV[1] then return 'lost' end",
        replace: '',
      },
    ],
    seenBy: NOTICES,
    title: 'two senders never have the same message; after a kill it comes with the same id',
  },
  'notice-ids': {
    what: 'a notice that was tried goes into a digest, under another id',
    patches: [{ module: SCRIPTS, find: "if class == 'r|' or class == 'd|' then", replace: "if class == 'd|' then" }],
    seenBy: NOTICES,
    title: 'what was tried keeps its id, and goes into no digest',
  },
  'notice-steps': {
    what: 'a step of the escalations is taken for the one before it',
    patches: [{ module: 'notify/notice-store.js', find: 'n: (from?.n ?? 0) + 1', replace: 'n: from?.n ?? 0' }],
    seenBy: NOTICES,
    title: 'more that falls due at one instant than one step makes: none is lost',
  },
  'notice-addresses': {
    what: 'a channel may be at a private address',
    patches: [
      { module: 'notify/addresses.js', find: 'if (isIP(address) === 0) return false;', replace: 'return true;' },
    ],
    seenBy: 'test/notify/attempts.test.ts',
    title: 'private addresses are refused unless the configuration allows them, in any form and after the look-up',
  },
  'notice-acknowledged': {
    what: 'people are told though somebody has acknowledged',
    patches: [
      { module: 'notify/rounds.js', find: "return acknowledged ? 'acknowledged' : null;", replace: 'return null;' },
    ],
    seenBy: 'test/notify/rounds.test.ts',
    title: 'one step after another, until somebody acknowledges; the end of the condition does not end it',
  },
} as const satisfies Readonly<Record<string, TestedBreak>>;
