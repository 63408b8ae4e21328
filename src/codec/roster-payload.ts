import type { RosterEntry } from '../model/log-entry.js';
import { isId } from '../model/roles.js';
import type { RosterShift } from '../model/roster.js';
import { type ColumnFault, quoted } from './column-fault.js';
import { wire } from './wire.js';

export function encodeRoster({ shifts, ...entry }: RosterEntry): Uint8Array {
  const wireShifts = shifts.map((shift) => ({ ...shift, officers: [...shift.officers] }));
  return wire.RosterPayload.encode({ ...entry, shifts: wireShifts }).finish();
}

export function decodeRoster(payload: Uint8Array, corrupt: ColumnFault): RosterEntry {
  const { rosterId, actor, fromMs, toMs, shifts, reason } = wire.RosterPayload.decode(payload);
  if (rosterId === '' || actor === '') throw corrupt('roster_id, actor', 'nothing', 'some text');
  return {
    kind: 'roster',
    rosterId,
    actor,
    reason,
    fromMs,
    toMs,
    shifts: shifts.map((wireShift): RosterShift => {
      const unit = wireShift.unit ?? '';
      const officers = wireShift.officers ?? [];
      const bad = [unit, ...officers].find((id) => !isId(id));
      if (bad !== undefined) throw corrupt('unit, officers', quoted(bad), 'an id');
      return { unit, fromMs: wireShift.fromMs ?? 0, toMs: wireShift.toMs ?? 0, officers };
    }),
  };
}
