import { createHmac } from 'node:crypto';
import { textOf } from '../message.js';
import { json, judgeRobot, robotAnswer, type Template } from './template.js';

/** The custom robot of Feishu: with a secret, `timestamp` (seconds) and `sign` in the body, HMAC-SHA256 of nothing under `<timestamp>\n<secret>`. */
export const feishu: Template = {
  request(message, { url, secret, language }, nowMs) {
    const timestamp = String(Math.floor(nowMs / 1_000));
    const key = secret === null ? null : Buffer.concat([Buffer.from(`${timestamp}\n`), secret]);
    const signed = key === null ? {} : { timestamp, sign: createHmac('sha256', key).digest('base64') };
    const body = json({ ...signed, msg_type: 'text', content: { text: textOf(message, language) } });
    return { url, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
  },
  judge: (answer, nowMs) =>
    judgeRobot(answer, nowMs, robotAnswer(answer.body, ['code', 'StatusCode'], ['msg', 'StatusMessage']), {
      11232: 'busy',
    }),
};
