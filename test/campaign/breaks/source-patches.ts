import type { SourceBreak } from './patch.js';

const ADMIT = 'engine/track/admit.js';
const COPIES = 'engine/track/copies.js';
const FENCES = 'engine/track/fences.js';
const PIPELINE = 'engine/pipeline.js';

/**
 * Protections of the engine and the runner's protocol that no port reaches: the module is loaded without them. The source
 * itself knows nothing of this; where it is written anew so that a place is not found, the campaign says so.
 */
export const SOURCE_BREAKS = {
  'outputs-by-entry': {
    what: 'C1: a commit that finds another engine ahead drops the outputs of its whole batch',
    patches: [
      {
        module: 'runner/cursor-steps.js',
        find: 'const rest = outputs.filter(({ logId }) => compareLogIds(logId, found.logId) > 0);',
        replace: 'const rest = outputs.slice(outputs.length);',
      },
    ],
  },
  'poison-entries': {
    what: 'P1: an entry that cannot be folded is not recorded, only tried again',
    patches: [
      {
        module: 'runner/protocol.js',
        find: "return { ...p, next: { do: 'add-skipped', id: poison, error } };",
        replace: 'throw new Error(error);',
      },
    ],
  },
  'timers-first': {
    what: 'T1: an entry applies itself before the timers that fell due before it',
    patches: [
      { module: PIPELINE, find: 'fireTimers(state, atMs, out); state.nowMs', replace: 'state.nowMs' },
      {
        module: PIPELINE,
        find: 'applyEntry(state, entry, out); if',
        replace: 'applyEntry(state, entry, out); fireTimers(state, atMs, out); if',
      },
    ],
  },
  outages: {
    what: 'T3: a hole in the log is no outage',
    patches: [
      {
        module: PIPELINE,
        find: 'if (state.nowMs > 0 && atMs - state.nowMs > OUTAGE_HOLE_MS)',
        replace: 'if (false)',
      },
    ],
  },
  'false-time': {
    what: 'T2: what was told in the time that a log ran ahead, or went on in it, stands when it was resumed',
    patches: [
      {
        module: 'engine/resume.js',
        find: 'out.alerts.push(...endAlerts(state, sinceMs, occasion));',
        replace: '',
      },
    ],
  },
  'clock-faults': {
    what: 'E1: a fix from the future is believed',
    patches: [
      {
        module: ADMIT,
        find: 'if (fix.eventTimeMs > nowMs + CLOCK_AHEAD_MS)',
        replace: 'if (false)',
      },
    ],
  },
  horizon: {
    what: 'E2: a fix later than the horizon is taken all the same',
    patches: [
      {
        module: ADMIT,
        find: 'if (fix.eventTimeMs < Math.max(nowMs - HORIZON_MS, resumedAtMs))',
        replace: 'if (false)',
      },
    ],
  },
  'fix-identity': {
    what: 'identity: a fix that comes twice counts twice',
    patches: [
      {
        module: ADMIT,
        find: 'const copies = fixesWithin(fixes, start, endOfInstant(fixes, start));',
        replace:
          "const copies = fixesWithin(fixes, start, endOfInstant(fixes, start)); if (copies.some((one) => samePosition(one, fix))) return { is: 'new', start, removed: 0, held: [fix], same: null, crowded: [] };",
      },
      { module: 'engine/track/fix-list.js', find: 'end += 1;', replace: 'break;' },
    ],
  },
  'conflict-order': {
    what: 'conflicts: of two positions for one instant the later to come counts',
    patches: [
      { module: COPIES, find: 'const kept = all.slice(0, MAX_COPIES_PER_INSTANT);', replace: 'const kept = [copy];' },
    ],
  },
  'late-insertion': {
    what: 'event order: a late fix is folded after those that came before it',
    patches: [
      {
        module: ADMIT,
        find: 'if (unit.head !== null && found.start < unit.folded)',
        replace: 'if (unit.head !== null && found.removed > 0 && found.start < unit.folded)',
      },
      {
        module: ADMIT,
        find: 'unit.fixes.replace(start, removed, held);',
        replace: 'unit.fixes.replace(removed === 0 ? unit.fixes.length : start, removed, held);',
      },
    ],
  },
  'plan-by-event-time': {
    what: 'E3: a fix is judged by the newest plan, not by the one in force when it was taken',
    patches: [
      {
        module: 'engine/plan/plans.js',
        find: 'if (plan.fromMs <= eventTimeMs || i === 0)',
        replace: 'if (plan.fromMs <= state.nowMs || i === 0)',
      },
    ],
  },
  'frozen-ids': {
    what: 'E5: an alert is named by its start, and renamed when that moves',
    patches: [
      {
        module: 'engine/alerts/versions.js',
        find: 'alert.version = withNames(state, { ...before, ...facts, ...parts,',
        replace:
          "alert.version = withNames(state, { ...before, ...facts, ...parts, alertId: before.alertId.split(':').slice(0, 2).join(':') + ':' + (facts.fromMs ?? before.fromMs),",
      },
    ],
  },
  'merged-alerts': {
    what: 'E5: alerts whose episode is no more, or is part of another, are left standing',
    patches: [
      {
        module: 'engine/alerts/alerts.js',
        find: "out.push(move(state, alert, 'retract', { mergedInto, evidence }, occasion));",
        replace: '',
      },
    ],
  },
  'map-order': {
    what: 'D2: what one instant brings about is told in the order of a map',
    patches: [
      {
        module: PIPELINE,
        find: 'of sortedIds(state.dirtyUnits))',
        replace: 'of [...state.units.keys()].filter((id) => state.dirtyUnits.has(id)))',
      },
      {
        module: 'engine/settling/settle-units.js',
        find: 'of sortedIds(agenda.units.keys()))',
        replace: 'of [...state.units.keys()].filter((id) => agenda.units.has(id)))',
      },
    ],
  },
  'repeated-actions': {
    what: 'O1: an action that comes twice is carried out twice',
    patches: [
      {
        module: 'engine/alerts/upkeep.js',
        find: 'if (alert === null || alert.actionIds.includes(action.actionId))',
        replace: 'if (alert === null)',
      },
    ],
  },
  'action-versions': {
    what: 'O1: an action is carried out whatever version it names',
    patches: [
      { module: 'engine/alerts/upkeep.js', find: 'if (alertVersion !== version.version)', replace: 'if (false)' },
    ],
  },
  'calls-at-once': {
    what: 'sos: the fixes of an entry are admitted, and nobody asks whether one calls for help',
    patches: [
      {
        module: 'engine/apply-entry.js',
        find: 'out.alerts.push(...hearCalls(state, entry.batches));',
        replace: '',
      },
    ],
  },
  'calls-that-last': {
    what: 'sos: of a stretch that calls for help each fix makes an alert of its own',
    patches: [
      {
        module: 'engine/rules/sos/sos-calls.js',
        find: 'if (before !== undefined && quiet === null && (before.offAfterMs ?? atMs) >= atMs)',
        replace: 'if (false)',
      },
    ],
  },
  'second-look': {
    what: 'sight: the first fix after a silence ends it, though the receiver may have kept it from before',
    patches: [
      {
        module: FENCES,
        find: 'if (last !== undefined && isSeenOnce(fold)) fold.holes[fold.holes.length - 1] = { ...last, to: point };',
        replace: '',
      },
    ],
  },
  'maybe-inside': {
    what: 'fences: a fix within two of its σ of a place, or a single one inside, says that the unit is not there',
    patches: [
      {
        module: FENCES,
        find: "const maybe = inside ? track.phase === 'entering' : isMaybeInside(distance, point.sigmaM);",
        replace: 'const maybe = false;',
      },
    ],
  },
  'maybe-since-inside': {
    what: 'fences: between a fix inside and one that may be, the unit was not there',
    patches: [{ module: FENCES, find: 'maybe && wasInside ? beforeMs : now', replace: 'now' }],
  },
  'kept-positions': {
    what: 'sight: a single fix between two silences says where the unit was, though it repeats the last one before',
    patches: [
      {
        module: 'engine/presence/doubts.js',
        find: 'fold === null || end === null || isKept(fold, end) ? null : end',
        replace: 'end',
      },
    ],
  },
  'doubt-before-the-first': {
    what: 'sight: where a unit was before its first fix is no question once that has come',
    patches: [
      {
        module: FENCES,
        find: 'if (before === null || broken) { fold',
        replace: 'if (before === null) return; if (broken) { fold',
      },
    ],
  },
  'no-satellites': {
    what: 'σ: coordinates without a satellite in view are a position when the receiver has a figure for them',
    patches: [
      {
        module: 'engine/track/sigma.js',
        find: 'if (fix.located === false || fix.satellites === 0)',
        replace: 'if (fix.located === false)',
      },
    ],
  },
  'settles-after': {
    what: 'finality: a verdict is confirmed, and what it rests on forgotten, a horizon after it, whatever may still change it',
    patches: [
      {
        module: 'engine/plan/plans.js',
        find: 'return (HORIZON_MS + REFOLD_WAIT_MS + possibleForMs',
        replace: 'return HORIZON_MS; return (possibleForMs',
      },
    ],
  },
  'far-positions': {
    what: 'positions: one far from the district is believed once some agree with it',
    patches: [
      {
        module: 'engine/track/points.js',
        find: 'if (area !== undefined && !isInArea(area, fix.position))',
        replace: 'if (false)',
      },
    ],
  },
  'useless-trackers': {
    what: 'useless: a tracker that talks and says nothing of where its unit is raises nothing',
    patches: [{ module: 'engine/rules/tracker-silence/useless.js', find: 'if (dueMs > nowMs)', replace: 'if (true)' }],
  },
  'refused-words': {
    what: 'useless: a tracker whose every fix is refused, for it swaps its coordinates, raises nothing',
    patches: [
      {
        module: ADMIT,
        find: 'noteRefused(unitState(state, now.id).use, code, state.nowMs);',
        replace: ';',
      },
    ],
  },
  'first-of-many': {
    what: 'thinning: of fixes far denser than the interval the first to come counts, not the first by its time',
    patches: [
      {
        module: ADMIT,
        find: 'return says === otherSays ? atMs < otherMs : says;',
        replace: 'return true;',
      },
    ],
  },
  westernmost: {
    what: 'conflicts: of equally sure positions for one instant the westernmost counts, whether the unit can be there or not',
    patches: [{ module: COPIES, find: '(reached ?? surest[0])?.copy', replace: 'surest[0]?.copy' }],
  },
  'exit-hysteresis': {
    what: 'fences: a unit leaves with its first fix outside',
    patches: [
      { module: FENCES, find: 'if (!surelyOutside) {', replace: 'if (false) {' },
      {
        module: FENCES,
        find: 'if (track.leaveCount < EXIT_FIXES || now - track.leaveSinceMs < EXIT_SPAN_MS)',
        replace: 'if (false)',
      },
    ],
  },
  'stationary-median': {
    what: 'presence: a unit that stands just outside covers the place',
    patches: [
      {
        module: FENCES,
        find: 'weigh(track, isOutside || isOnlyHeld(track, now), now);',
        replace: 'weigh(track, false, now);',
      },
    ],
  },
} as const satisfies Record<string, SourceBreak>;

export type SourceBreakName = keyof typeof SOURCE_BREAKS;

export function isSourceBreak(name: string): name is SourceBreakName {
  return Object.hasOwn(SOURCE_BREAKS, name);
}
