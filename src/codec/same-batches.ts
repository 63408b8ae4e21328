import type { Fix, RejectedFix } from '../model/fix.js';
import type { TrackerBatch } from '../model/log-entry.js';

/**
 * Whether two lists of reports are equal in every field. Every fix that is logged passes through here, so each field is named: to compare
 * whatever fields there are takes longer than to encode and decode them.
 */
export function sameBatches(a: readonly TrackerBatch[], b: readonly TrackerBatch[]): boolean {
  return sameItems(a, b, sameBatch);
}

function sameBatch(a: TrackerBatch, b: TrackerBatch): boolean {
  return (
    a.tracker === b.tracker &&
    a.reportId === b.reportId &&
    sameItems(a.fixes, b.fixes, sameFix) &&
    sameItems(a.rejected, b.rejected, sameRejected)
  );
}

function sameItems<T>(a: readonly T[], b: readonly T[], same: (one: T, other: T) => boolean): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (!same(a[i] as T, b[i] as T)) return false;
  return true;
}

function sameFix(a: Fix, b: Fix): boolean {
  return (
    a.eventTimeMs === b.eventTimeMs &&
    a.position?.lngE7 === b.position?.lngE7 &&
    a.position?.latE7 === b.position?.latE7 &&
    (a.position === null) === (b.position === null) &&
    a.altitudeDm === b.altitudeDm &&
    a.speedCmps === b.speedCmps &&
    a.courseCdeg === b.courseCdeg &&
    a.located === b.located &&
    a.satellites === b.satellites &&
    a.beidouSatellites === b.beidouSatellites &&
    a.hdopCenti === b.hdopCenti &&
    a.accuracyDm === b.accuracyDm &&
    a.power === b.power &&
    a.batteryPercent === b.batteryPercent &&
    a.ignition === b.ignition &&
    a.lightbar === b.lightbar &&
    a.sos === b.sos &&
    a.backfill === b.backfill
  );
}

function sameRejected(a: RejectedFix, b: RejectedFix): boolean {
  return a.index === b.index && a.code === b.code && a.sos === b.sos;
}
