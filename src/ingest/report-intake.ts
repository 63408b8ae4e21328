import { isRejected, parseFix } from '../codec/fix-parser.js';
import { decodeTrackerMessage, type FrameFault, hexOf } from '../codec/tracker-messages.js';
import { BeatwatchError } from '../model/errors.js';
import type { Fix, RejectedFix } from '../model/fix.js';
import type { TrackerBatch } from '../model/log-entry.js';

/** What one binary frame turned out to be. */
export type Intake =
  | { readonly kind: 'report'; readonly reportId: Uint8Array; readonly batch: TrackerBatch }
  | { readonly kind: 'heartbeat' }
  | {
      readonly kind: 'fault';
      readonly reportId: Uint8Array | null;
      readonly code: FrameFault;
      readonly detail: string;
    };

/**
 * Reads a frame: every fix of a report is either valid or rejected with its index and reason, and nobody behind checks
 * again. Nothing of the result shares memory with the frame.
 *
 * @param nowMs log time now
 */
export function readFrame(frame: Uint8Array, tracker: string, nowMs: number): Intake {
  try {
    const message = decodeTrackerMessage(frame);
    if (message.kind === 'heartbeat') return message;
    const fixes: Fix[] = [];
    const rejected: RejectedFix[] = [];
    message.fixes.forEach((wireFix, index) => {
      const parsed = parseFix(wireFix, index, nowMs);
      if (isRejected(parsed)) rejected.push(parsed);
      else fixes.push(parsed);
    });
    const { reportId } = message;
    return { kind: 'report', reportId, batch: { tracker, reportId: hexOf(reportId), fixes, rejected } };
  } catch (error) {
    if (!(error instanceof BeatwatchError)) throw error;
    const { reportId } = error.details;
    return {
      kind: 'fault',
      reportId: typeof reportId === 'string' ? Buffer.from(reportId, 'hex') : null,
      // decodeTrackerMessage throws no other codes.
      code: error.code as FrameFault,
      detail: error.message,
    };
  }
}
