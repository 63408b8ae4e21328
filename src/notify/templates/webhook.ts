import { createHmac } from 'node:crypto';
import type { NoticeRecord } from '../../model/notice.js';
import type { Message } from '../message.js';
import { json, judgeHttp, type Template } from './template.js';

/**
 * Standard Webhooks: `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`, `v1,` and the base64 of the HMAC-SHA256 of
 * `<id>.<timestamp>.<body>`. The body is a CloudEvents 1.0 event in structured JSON.
 */
export const webhook: Template = {
  request(message, { url, secret }, nowMs) {
    const body = json(eventOf(message));
    const timestamp = String(Math.floor(nowMs / 1_000));
    const headers = {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'beatwatch',
      'webhook-id': message.id,
      'webhook-timestamp': timestamp,
      ...(secret === null ? {} : { 'webhook-signature': signature(secret, message.id, timestamp, body) }),
    };
    return { url, headers, body };
  },
  judge: judgeHttp,
};

function signature(secret: Buffer, id: string, timestamp: string, body: Buffer): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

/** The same for each attempt. */
function eventOf({ id, district, districtName, notices }: Message): object {
  const [first] = notices;
  const isDigest = notices.length > 1 || first?.noticeId !== id;
  const type = isDigest ? 'beatwatch.alerts.digest' : `beatwatch.alert.${first.kind}`;
  return {
    specversion: '1.0',
    id,
    source: `/v1/districts/${district}`,
    type,
    time: new Date(first?.dueMs ?? 0).toISOString(),
    ...(isDigest ? {} : { subject: first.alertId }),
    datacontenttype: 'application/json',
    data: { district, districtName, notices: notices.map(told) },
  };
}

function told({ noticeId, kind, alertId, version, policy, step, to, channel, dueMs, facts }: NoticeRecord): object {
  return { noticeId, kind, alertId, version, policy, step, to, channel, dueMs, ...facts };
}
