import { ESCALATION_LEVELS } from '../model/escalation.js';
import type { NoticeEntry, NoticeStep } from '../model/log-entry.js';
import { NOTICE_CODES, NOTICE_OUTCOMES } from '../model/notice.js';
import { isId } from '../model/roles.js';
import { type ColumnFault, quoted } from './column-fault.js';
import { wire } from './wire.js';

export function encodeNotice({ steps, ...entry }: NoticeEntry): Uint8Array {
  return wire.NoticePayload.encode({ ...entry, steps: steps.map((step) => ({ ...step })) }).finish();
}

export function decodeNotice(payload: Uint8Array, corrupt: ColumnFault): NoticeEntry {
  const { messageId, channel, outcome, code, attempts, actor, reason, steps } = wire.NoticePayload.decode(payload);
  const oneOf = <T extends string>(field: string, text: string, known: readonly T[]): T => {
    const found = known.find((value) => value === text);
    if (found === undefined) throw corrupt(field, quoted(text), known.join(' or '));
    return found;
  };
  if (messageId === '') throw corrupt('message_id', 'nothing', 'some text');
  if (!isId(channel)) throw corrupt('channel', quoted(channel), 'an id');
  if (steps.length === 0) throw corrupt('steps', 'none', 'at least one');
  return {
    kind: 'notice',
    messageId,
    channel,
    outcome: oneOf('outcome', outcome, NOTICE_OUTCOMES),
    code: oneOf('code', code, NOTICE_CODES),
    attempts,
    actor: actor ?? null,
    reason: reason ?? null,
    steps: steps.map((wireStep): NoticeStep => {
      const noticeId = wireStep.noticeId ?? '';
      const alertId = wireStep.alertId ?? '';
      const policy = wireStep.policy ?? '';
      if (noticeId === '' || alertId === '') throw corrupt('notice_id, alert_id', 'nothing', 'some text');
      if (!isId(policy)) throw corrupt('policy', quoted(policy), 'an id');
      return {
        noticeId,
        alertId,
        version: wireStep.version ?? 0,
        policy,
        step: wireStep.step ?? 0,
        to: oneOf('to', wireStep.to ?? '', ESCALATION_LEVELS),
        dueMs: wireStep.dueMs ?? 0,
      };
    }),
  };
}
