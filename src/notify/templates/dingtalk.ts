import { createHmac } from 'node:crypto';
import { textOf } from '../message.js';
import { json, judgeRobot, robotAnswer, type Template } from './template.js';

/** The custom robot of DingTalk: with a secret, `timestamp` (ms) and `sign` in the query, HMAC-SHA256 of `<timestamp>\n<secret>`. */
export const dingtalk: Template = {
  request(message, { url, secret, language }, nowMs) {
    const signed = new URL(url);
    if (secret !== null) {
      const timestamp = String(Math.floor(nowMs));
      const sign = createHmac('sha256', secret).update(`${timestamp}\n`).update(secret).digest('base64');
      signed.searchParams.set('timestamp', timestamp);
      signed.searchParams.set('sign', sign);
    }
    const body = json({ msgtype: 'text', text: { content: textOf(message, language) } });
    return { url: signed, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
  },
  judge(answer, nowMs) {
    const said = robotAnswer(answer.body, ['errcode'], ['errmsg']);
    // 310000 stands for the signature, the word and the address that do not fit; only the text tells which.
    if (said?.code === 310_000 && /timestamp/i.test(said.text))
      return { code: 'receiver-clock', detail: `the robot says ${said.code} ${said.text}`, afterMs: null };
    return judgeRobot(answer, nowMs, said, { 130101: 'busy', 410100: 'busy', 660026: 'busy' });
  },
};
