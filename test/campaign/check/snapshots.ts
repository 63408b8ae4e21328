import { decodeSnapshot, encodeSnapshot } from '../../../src/codec/snapshot-codec.js';
import { samePosition } from '../../../src/engine/track/copies.js';
import { dumpState, restoreState } from '../../../src/engine/snapshot.js';
import type { EngineState } from '../../../src/engine/state.js';
import type { Fix } from '../../../src/model/fix.js';
import { canonicalJson } from '../../../src/model/canonical-json.js';
import {
  CHECKPOINT_MS,
  CLOCK_AHEAD_MS,
  HORIZON_MS,
  MAX_COPIES_PER_INSTANT,
  SETTLE_MS,
} from '../../../src/model/limits.js';
import { formatLogId } from '../../../src/model/log-id.js';
import { createRandom } from '../../../src/simulator/random.js';
import type { WrittenSnapshot } from '../world/model-store.js';
import type { WorldRun } from '../world/world.js';
import { type Folded, foldEntries, type TimedEntry } from './decoded-log.js';
import type { Violation } from './violation.js';

/** Snapshots of one run that are compared with the fold, and that are folded on from. */
const COMPARED = 4;
/** JSON characters that a unit, a place of a unit, an alert, a visit and a plan may take, and everything else. */
const STATE_BOUND = { unit: 12_000, stay: 6_000, rest: 60_000 };

/** The snapshots to look at, by the log id that they stand at. */
export function chosenSnapshots({ snapshots, scenario }: WorldRun): Map<string, WrittenSnapshot> {
  const random = createRandom(scenario.seed, 'snapshots');
  const chosen = random.shuffled(snapshots).slice(0, COMPARED);
  return new Map(chosen.map((snapshot) => [formatLogId(snapshot.cursor.logId), snapshot]));
}

/** A snapshot has the bytes of the fold at its place. */
export function checkSnapshot({ bytes, cursor }: WrittenSnapshot, state: EngineState): Violation[] {
  const expected = encodeSnapshot(dumpState(state));
  if (Buffer.from(bytes).equals(expected)) return [];
  const at = formatLogId(cursor.logId);
  const difference = treeDifference(decodeSnapshot(bytes).state, dumpState(state).state);
  return [{ invariant: 'snapshots', detail: `the one at ${at} differs from the fold: ${difference}` }];
}

/**
 * Restored in the middle and folded on, the state comes to the same bytes and tells the same. The restored state has its maps
 * turned round first: no output may depend on the order of one (D2).
 */
export function checkTail(snapshot: WrittenSnapshot, log: readonly TimedEntry[], whole: Folded): Violation[] {
  const { cursor, bytes } = snapshot;
  const at = formatLogId(cursor.logId);
  const from = log.findIndex(({ id }) => formatLogId(id) === at);
  if (from < 0) return [];
  const state = restoreState(decodeSnapshot(bytes));
  turnMapsRound(state);
  const tail = foldEntries(log.slice(from + 1), undefined, state);
  const violations: Violation[] = [];
  const told = whole.alerts.slice(cursor.lastAlert);
  const odd = told.findIndex((alert, index) => canonicalJson(alert) !== canonicalJson(tail.alerts[index] ?? null));
  if (odd >= 0 || told.length !== tail.alerts.length) {
    const detail = `folded on from ${at}, alert ${cursor.lastAlert + odd + 1} differs`;
    violations.push({ invariant: 'snapshots', detail });
  }
  const got = encodeSnapshot(dumpState(tail.state));
  if (!Buffer.from(got).equals(encodeSnapshot(dumpState(whole.state)))) {
    const difference = treeDifference(dumpState(tail.state).state, dumpState(whole.state).state);
    violations.push({ invariant: 'snapshots', detail: `folded on from ${at} it comes to other bytes: ${difference}` });
  }
  return violations;
}

/**
 * S2: no unit holds more than a horizon of fixes and those since the checkpoint before it, of an instant no more than MAX_COPIES_PER_INSTANT, each position once, and the size of the rest follows from units and places. (A
 * unit that fell silent keeps its last horizon, one whose fixes are not folded yet has more for a second.)
 */
export function checkBounds({ bytes }: WrittenSnapshot, units: number, places: number): Violation[] {
  const dump = decodeSnapshot(bytes);
  const { agenda } = dump.state as { readonly agenda: { readonly dirtyUnits: readonly string[] } };
  for (const { tracker, fixes } of dump.fixes) {
    if (agenda.dirtyUnits.includes(tracker)) continue;
    const spanMs = (fixes.at(-1)?.eventTimeMs ?? 0) - (fixes[0]?.eventTimeMs ?? 0);
    const isOdd = fixes.some((fix, i) => !mayFollow(fixes, i, fix));
    if (spanMs > HORIZON_MS + CHECKPOINT_MS + CLOCK_AHEAD_MS + SETTLE_MS || isOdd) {
      const detail = `${tracker} holds ${fixes.length} fixes over ${spanMs} ms${isOdd ? ', out of order or an instant too often' : ''}`;
      return [{ invariant: 'bounds', detail }];
    }
  }
  const size = canonicalJson(dump.state).length;
  const most = STATE_BOUND.rest + units * STATE_BOUND.unit + units * places * STATE_BOUND.stay;
  return size <= most ? [] : [{ invariant: 'bounds', detail: `${size} characters of state, at most ${most}` }];
}

/** By event time; of an instant a few copies, each of another position. */
function mayFollow(fixes: readonly Fix[], i: number, fix: Fix): boolean {
  const before = fixes[i - 1];
  if (before === undefined || fix.eventTimeMs > before.eventTimeMs) return true;
  if (fix.eventTimeMs < before.eventTimeMs) return false;
  const copies = fixes.slice(0, i).filter(({ eventTimeMs }) => eventTimeMs === fix.eventTimeMs);
  return copies.length < MAX_COPIES_PER_INSTANT && !copies.some((copy) => samePosition(copy, fix));
}

function turnMapsRound(tree: unknown, seen = new Set<object>()): void {
  if (typeof tree !== 'object' || tree === null || seen.has(tree) || ArrayBuffer.isView(tree)) return;
  seen.add(tree);
  if (tree instanceof Map) {
    const entries = [...tree].reverse();
    tree.clear();
    for (const [key, value] of entries) tree.set(key, value);
    for (const [, value] of entries) turnMapsRound(value, seen);
    return;
  }
  for (const value of Object.values(tree)) turnMapsRound(value, seen);
}

/** The first path at which two trees differ. */
function treeDifference(a: unknown, b: unknown, path = ''): string {
  const [left, right] = [canonicalJson(a), canonicalJson(b)];
  if (left === right) return 'the fixes';
  const bothObjects = typeof a === 'object' && typeof b === 'object' && a !== null && b !== null;
  if (bothObjects && Array.isArray(a) === Array.isArray(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    const valueAt = (tree: object, key: string): unknown => (tree as Record<string, unknown>)[key] ?? null;
    const key = keys.find((one) => canonicalJson(valueAt(a, one)) !== canonicalJson(valueAt(b, one)));
    if (key !== undefined) return treeDifference(valueAt(a, key), valueAt(b, key), `${path}/${key}`);
  }
  return `${path}: got ${left.slice(0, 120)}, expected ${right.slice(0, 120)}`;
}
