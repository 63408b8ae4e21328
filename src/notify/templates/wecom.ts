import { textOf } from '../message.js';
import { json, judgeRobot, robotAnswer, type Template } from './template.js';

/** The group robot of WeCom: the key is in the address, and nothing is signed. At most 2,048 bytes of text. */
export const wecom: Template = {
  request(message, { url, language }) {
    const body = json({ msgtype: 'text', text: { content: withinBytes(textOf(message, language), MAX_TEXT_BYTES) } });
    return { url, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
  },
  judge: (answer, nowMs) =>
    judgeRobot(answer, nowMs, robotAnswer(answer.body, ['errcode'], ['errmsg']), { 45009: 'busy', 45033: 'busy' }),
};
const MAX_TEXT_BYTES = 2_048;

/** Cut between two characters. */
function withinBytes(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  let kept = '';
  let bytes = Buffer.byteLength('…');
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > most) break;
    kept += character;
  }
  return `${kept}…`;
}
