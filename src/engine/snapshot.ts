import { BeatwatchError } from '../model/errors.js';
import type { CompiledPlan } from '../model/plan.js';
import type { SnapshotDump } from '../model/snapshot.js';
import { type AgendaDump, dumpAgenda, restoreAgenda } from './agenda/slice.js';
import { type AlertDump, dumpAlerts, restoreAlerts } from './alerts/slice.js';
import { restoreHead } from './fold-unit.js';
import { createHot } from './hot/slice.js';
import { cursorOf } from './hot-view.js';
import { dumpPlanning, type PlanDump, restorePlanning } from './plan/slice.js';
import { dumpPresence, type PresenceDump, restorePresence } from './presence/slice.js';
import { dumpRules, type RuleDump, restoreRules } from './rules/slice.js';
import { type EngineState, FOLD_VERSION, type LogSlice } from './state.js';
import { dumpTracks, restoreTracks, type TrackDump } from './track/slice.js';
import { dumpVisits, restoreVisits, type VisitDump } from './visits/slice.js';

/** The state as plain values, each room's slice by itself. */
interface StateDump extends Omit<LogSlice, 'foldVersion'> {
  readonly agenda: AgendaDump;
  readonly planning: PlanDump;
  readonly tracks: TrackDump;
  readonly visits: VisitDump;
  readonly presence: PresenceDump;
  readonly alerts: AlertDump;
  readonly rules: RuleDump;
}

/** The state as a tree of plain values in a fixed order, so that equal states have equal bytes (D2). */
export function dumpState(state: EngineState): SnapshotDump {
  const { foldVersion, district, toldBy, takeover } = state;
  const { tracks, fixes } = dumpTracks(state, state.finalToMs);
  const dump: StateDump = {
    district,
    toldBy,
    takeover,
    agenda: dumpAgenda(state),
    planning: dumpPlanning(state),
    tracks,
    visits: dumpVisits(state),
    presence: dumpPresence(state),
    alerts: dumpAlerts(state),
    rules: dumpRules(state),
  };
  return { foldVersion, cursor: cursorOf(state), state: dump, fixes };
}

/** The plans that the state knew, oldest first: from two horizons back on, and any that was still to take force. */
export function plansOf(dump: SnapshotDump): readonly CompiledPlan[] {
  return (dump.state as StateDump).planning.plans;
}

/**
 * The state that `dumpState` told, ready to go on. Errors: `snapshot-fold-version` when another fold made it. The tree is
 * trusted beyond that: the codec has checked its hash.
 */
export function restoreState(dump: SnapshotDump, foldVersion = FOLD_VERSION): EngineState {
  if (dump.foldVersion !== foldVersion) {
    throw new BeatwatchError(
      'snapshot-fold-version',
      `snapshot: got fold version ${dump.foldVersion}, expected ${foldVersion}`,
    );
  }
  const tree = structuredClone(dump.state) as StateDump;
  const { logId, lastAlert, lastVisit } = dump.cursor;
  const { tracks, withHead } = restoreTracks(tree.tracks, dump.fixes);
  const state: EngineState = {
    ...{ district: tree.district, foldVersion, toldBy: tree.toldBy, takeover: tree.takeover },
    ...restoreAgenda(tree.agenda, logId),
    ...restorePlanning(tree.planning),
    ...tracks,
    ...restoreVisits(tree.visits, lastVisit),
    ...restorePresence(tree.presence),
    ...restoreAlerts(tree.alerts, lastAlert),
    ...restoreRules(tree.rules),
    ...createHot(),
  };
  for (const unit of withHead) restoreHead(state, unit);
  return state;
}
