import type { ActionKind, ActionRefusal, AlertChange, AlertVersion } from '../../model/alert.js';
import { unreachable } from '../../model/errors.js';
import type { Names } from '../../model/plan.js';
import type { Telling } from './telling.js';

const NONE: Names = { zh: '', en: '' };
/** Code points of a person's comment that a sentence repeats; all of it is in the evidence. */
const MAX_COMMENT = 60;

/** What a sentence begins with: what has changed, and by whom. */
export function leadWords({ version, clock }: Telling): Names {
  const { change, cause, evidence } = version;
  const at = clock(version.atMs);
  const { actor = '?' } = evidence;
  const note = noteOf(evidence.comment);
  switch (change) {
    case 'raised':
      // A call for help says itself how late it came.
      return cause === 'late-data' && version.rule !== 'sos'
        ? { zh: '补传数据显示，', en: 'Late data shows that ' }
        : NONE;
    case 'reopened':
      return { zh: '再次告警：', en: 'Again: ' };
    case 'corrected':
      // A call for help that goes on is no mistake.
      if (version.rule === 'sos') return { zh: '更新：', en: 'Update: ' };
      return cause === 'late-data'
        ? { zh: '据补传数据更正：', en: 'Corrected by late data: ' }
        : { zh: '更正：', en: 'Corrected: ' };
    case 'updated':
      return { zh: '更新：', en: 'Update: ' };
    case 'confirmed':
      return { zh: '已核定：', en: 'Confirmed: ' };
    case 'acknowledged':
      return {
        zh: `${actor}于${at.zh}签收${note === null ? '' : `（备注：${note}）`}：`,
        en: `Acknowledged by ${actor} at ${at.en}${note === null ? '' : ` ("${note}")`}: `,
      };
    case 'commented':
      return { zh: `${actor}于${at.zh}备注“${note ?? ''}”：`, en: `Note by ${actor} at ${at.en} ("${note ?? ''}"): ` };
    case 'shelved': {
      const until = clock(version.shelvedUntilMs ?? version.atMs);
      return {
        zh: `${actor}于${at.zh}搁置至${until.zh}（原因：${note ?? ''}）：`,
        en: `Shelved by ${actor} at ${at.en} until ${until.en} ("${note ?? ''}"): `,
      };
    }
    case 'unshelved':
      return cause === 'operator'
        ? { zh: `${actor}于${at.zh}取消搁置：`, en: `Unshelved by ${actor} at ${at.en}: ` }
        : { zh: '搁置到期：', en: 'No longer shelved: ' };
    case 'resolved':
      return {
        zh: `${actor}于${at.zh}办结（${note ?? ''}）：`,
        en: `Closed by ${actor} at ${at.en} ("${note ?? ''}"): `,
      };
    case 'refused':
      return refusedWords(version, at);
    case 'retracted':
      return { zh: '已撤销：', en: 'Retracted: ' };
    case 'cleared':
      return NONE;
    default:
      return unreachable(change);
  }
}

/** Whether a change asks somebody to do something. */
export function asksToAct(change: AlertChange): boolean {
  switch (change) {
    case 'raised':
    case 'reopened':
    case 'corrected':
    case 'updated':
    case 'unshelved':
      return true;
    case 'cleared':
    case 'retracted':
    case 'confirmed':
    case 'acknowledged':
    case 'commented':
    case 'shelved':
    case 'resolved':
    case 'refused':
      return false;
    default:
      return unreachable(change);
  }
}

const ACTIONS: Readonly<Record<ActionKind, Names>> = {
  acknowledge: { zh: '签收', en: 'acknowledge it' },
  comment: { zh: '备注', en: 'add a note' },
  shelve: { zh: '搁置', en: 'shelve it' },
  unshelve: { zh: '取消搁置', en: 'unshelve it' },
  resolve: { zh: '办结', en: 'close it' },
};

const REFUSALS: Readonly<Record<ActionRefusal, Names>> = {
  'stale-version': { zh: '告警已有变化，需重新查看', en: 'the alert has changed meanwhile; look again' },
  'already-acknowledged': { zh: '告警已有人签收', en: 'somebody has acknowledged it already' },
  cleared: { zh: '所述情况已结束', en: 'it is over already' },
  retracted: { zh: '告警已撤销', en: 'the alert was retracted' },
  'not-shelved': { zh: '告警未被搁置', en: 'the alert is not shelved' },
  'no-comment': { zh: '缺少备注内容', en: 'the text is missing' },
  'no-reason': { zh: '缺少原因', en: 'the reason is missing' },
  'shelf-out-of-range': { zh: '搁置时长超出允许范围', en: 'the shelving ends in the past or too late' },
  'not-shelvable': { zh: '紧急求助不能搁置', en: 'a call for help cannot be shelved' },
  'ends-by-itself': { zh: '这类告警由系统自动解除', en: 'alerts of this kind end by themselves' },
};

function refusedWords({ evidence }: AlertVersion, at: Names): Names {
  const { actor = '?', action, reason } = evidence;
  const what = action === undefined ? { zh: '操作', en: 'act on it' } : ACTIONS[action];
  // A newer engine may refuse for a reason that has no words here.
  const because = reason === undefined || !Object.hasOwn(REFUSALS, reason) ? null : REFUSALS[reason];
  const why = because === null ? NONE : { zh: `（${because.zh}）`, en: ` (${because.en})` };
  return {
    zh: `${actor}于${at.zh}${what.zh}，未生效${why.zh}：`,
    en: `${actor} could not ${what.en} at ${at.en}${why.en}: `,
  };
}

/** A person's comment, without the full stop that the sentence makes itself. */
function noteOf(comment: string | undefined): string | null {
  if (comment === undefined) return null;
  const points = Array.from(comment.replace(/[。.；;，,\s]+$/u, ''));
  return points.length <= MAX_COMMENT ? points.join('') : `${points.slice(0, MAX_COMMENT).join('')}…`;
}
