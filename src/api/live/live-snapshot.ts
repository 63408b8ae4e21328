import { unreachable } from '../../model/errors.js';
import { formatLogId } from '../../model/log-id.js';
import type { LiveState } from '../../hot/replies.js';
import { alertAnswer } from '../alert-state.js';
import { alertPasses, type LiveFilter, placePasses, unitPasses } from './live-filter.js';
import type { LiveMessage, SnapshotMessage } from './live-messages.js';

/** What makes a session read the state: its beginning, another filter, or transitions that are not there any more. */
export type Occasion = 'begin' | 'resume' | 'subscribe' | 'resync';

export function snapshotOf(state: LiveState, filter: LiveFilter, occasion: Occasion): SnapshotMessage {
  const { cursor, lastAlert, openAlerts, coverage, positions, units } = state;
  return {
    type: 'snapshot',
    cursor: cursor === null ? null : { ...cursor, logId: formatLogId(cursor.logId) },
    lastAlert,
    openAlerts:
      occasion === 'resume' ? null : openAlerts.filter((alert) => alertPasses(filter, alert)).map(alertAnswer),
    coverage: coverage.filter(({ place }) => placePasses(filter, place)),
    positions: positions.filter(({ unit }) => unitPasses(filter, unit)),
    units: units.filter(({ unit }) => unitPasses(filter, unit)),
  };
}

/** What the access log counts: alerts, positions, units and places shown. */
export function recordsIn(message: LiveMessage): number {
  switch (message.type) {
    case 'snapshot':
      return (
        (message.openAlerts?.length ?? 0) + message.coverage.length + message.positions.length + message.units.length
      );
    case 'alert':
      return 1;
    case 'positions':
      return message.positions.length;
    case 'units':
      return message.units.length;
    case 'coverage':
      return message.coverage.length;
    case 'resync':
    case 'error':
      return 0;
    default:
      return unreachable(message);
  }
}
