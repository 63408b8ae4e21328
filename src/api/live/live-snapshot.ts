import type { LiveState } from '../../hot/replies.js';
import { unreachable } from '../../model/errors.js';
import { formatLogId } from '../../model/log-id.js';
import type { LiveMessage, SnapshotMessage } from '../../protocol/live-socket.js';
import { alertAnswer } from '../alert-answer.js';
import type { ApiDistrict } from '../deps.js';
import { alertPasses, filterText, type LiveFilter, placePasses, taskPasses, unitPasses } from './live-filter.js';

/** What makes a session read the state: its beginning, another filter, or transitions that are not there any more. */
export type Occasion = 'begin' | 'resume' | 'subscribe' | 'resync';

/** A snapshot as it goes out. */
export interface SaidSnapshot {
  /** UTF-8. */
  readonly text: Buffer;
  readonly records: number;
}

/** Sockets that share what was read and want the same of it share what is said, to the bytes. */
const said = new WeakMap<LiveState, Map<string, SaidSnapshot>>();

export function saidSnapshot(
  state: LiveState,
  filter: LiveFilter,
  occasion: Occasion,
  district: Pick<ApiDistrict, 'plan'>,
): SaidSnapshot {
  const known = said.get(state) ?? new Map<string, SaidSnapshot>();
  said.set(state, known);
  const key = `${occasion === 'resume' ? 'resume' : 'whole'} ${filterText(filter)}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const message = snapshotOf(state, filter, occasion, district);
  const made = { text: Buffer.from(JSON.stringify(message)), records: recordsIn(message) };
  known.set(key, made);
  return made;
}

function snapshotOf(
  state: LiveState,
  filter: LiveFilter,
  occasion: Occasion,
  district: Pick<ApiDistrict, 'plan'>,
): SnapshotMessage {
  const { cursor, lastAlert, openAlerts, coverage, positions, units, tasks } = state;
  return {
    type: 'snapshot',
    cursor: cursor === null ? null : { ...cursor, logId: formatLogId(cursor.logId) },
    lastAlert,
    openAlerts:
      occasion === 'resume'
        ? null
        : openAlerts.filter((alert) => alertPasses(filter, alert)).map((alert) => alertAnswer(alert, district)),
    coverage: coverage.filter(({ place }) => placePasses(filter, place)),
    positions: positions.filter(({ unit }) => unitPasses(filter, unit)),
    units: units.filter(({ unit }) => unitPasses(filter, unit)),
    tasks: tasks.filter((task) => taskPasses(filter, task)),
  };
}

function recordsOf({ openAlerts, coverage, positions, units, tasks }: SnapshotMessage): readonly (readonly object[])[] {
  return [openAlerts ?? [], coverage, positions, units, tasks];
}

/** What the access log counts: alerts, positions, units, places and tasks shown. */
export function recordsIn(message: LiveMessage): number {
  switch (message.type) {
    case 'snapshot':
      return recordsOf(message).flat().length;
    case 'alert':
      return 1;
    case 'positions':
      return message.positions.length;
    case 'units':
      return message.units.length;
    case 'coverage':
      return message.coverage.length;
    case 'tasks':
      return message.tasks.length;
    case 'resync':
    case 'stale':
    case 'missing':
    case 'error':
      return 0;
    default:
      return unreachable(message);
  }
}
