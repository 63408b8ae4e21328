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
  'frame-text': { meaning: 'The frame is a text frame. The server closes the socket.', again: false },
  'frame-garbage': {
    meaning: 'The server cannot parse the frame. It closes the socket after ten such frames in a row.',
    again: false,
  },
  'frame-too-large': { meaning: 'The frame is longer than Welcome.max_frame_bytes.', again: false },
  'report-id-length': { meaning: 'The report id has 0 bytes, or more than 16.', again: false },
  'no-fixes': { meaning: 'The report has no fix.', again: false },
  'too-many-fixes': { meaning: 'The report has more fixes than Welcome.max_fixes_per_report.', again: false },
  'too-fast': {
    meaning:
      'The tracker sends more frames than it may. The server accepts nothing from it until retry_after_ms has passed.',
    again: true,
  },
  quota: { meaning: 'The tracker has used up its quota of the log. Other trackers are not affected.', again: true },
  'district-quota': {
    meaning: 'The district has used up its share of the store. Other districts are not affected.',
    again: true,
  },
  'storage-full': { meaning: 'The store, or its disk, is almost full.', again: true },
  clock: {
    meaning: "The server's clock is wrong. The server logs nothing until somebody corrects the clock.",
    again: true,
  },
  'district-unavailable': { meaning: 'The server cannot store the report now.', again: true },
};
