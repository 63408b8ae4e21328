import type { FrameFault } from '../codec/tracker-messages.js';

/** Codes of `Refusal`. */
export type RefusalCode =
  | FrameFault
  | 'too-fast'
  | 'quota'
  | 'district-quota'
  | 'storage-full'
  | 'clock'
  | 'district-unavailable'
  | 'frame-text';

/** Every `Refusal.code`, what it means, and whether the report is to be sent again (then there is a `retry_after_ms`). */
export const REFUSAL_CODES: Readonly<Record<RefusalCode, { readonly meaning: string; readonly again: boolean }>> = {
  'frame-empty': { meaning: 'The frame has no body that this server knows.', again: false },
  'frame-text': { meaning: 'A text frame; the socket is closed.', again: false },
  'frame-garbage': { meaning: 'The frame cannot be parsed. Ten in a row close the socket.', again: false },
  'frame-too-large': { meaning: 'The frame is longer than Welcome.max_frame_bytes.', again: false },
  'report-id-length': { meaning: 'The report id has no byte, or more than 16.', again: false },
  'no-fixes': { meaning: 'The report has no fix.', again: false },
  'too-many-fixes': { meaning: 'The report has more fixes than Welcome.max_fixes_per_report.', again: false },
  'too-fast': {
    meaning: 'More frames than the socket may send; nothing more is taken before the time to retry.',
    again: true,
  },
  quota: { meaning: 'The tracker has used up what it may make the log grow; the others go on.', again: true },
  'district-quota': { meaning: 'The district has used up its share of the store; other districts go on.', again: true },
  'storage-full': { meaning: 'The store, or its disk, is nearly full.', again: true },
  clock: { meaning: "The server's clock is wrong: it logs no time until that is mended.", again: true },
  'district-unavailable': { meaning: 'The report could not be stored now.', again: true },
};
