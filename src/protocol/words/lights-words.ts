import type { Names } from '../../model/plan.js';
import { exactDurationOf } from './durations.js';
import { atWords, callsignOf } from './names.js';
import { lastEpisode, type RuleWords, type Telling } from './telling.js';

/** A visit during which the lightbar was seldom on: an event, over when it is found. */
export function lightsWords({ version, clock }: Telling): RuleWords {
  const unit = callsignOf(version, version.unit ?? version.subject.id);
  const where = atWords(version, version.place ?? '', 'checkpoint');
  const { fromMs, toMs } = lastEpisode(version);
  const [from, to] = [clock(fromMs), clock(toMs ?? version.atMs)];
  const shares = shareWords(version.evidence.lights);
  const fact = {
    zh: `${unit}${from.zh}至${to.zh}${where.zh}亮灯不足${shares.zh}`,
    en: `${unit} was ${where.en} from ${from.en} to ${to.en} with its lightbar on for too little of the time${shares.en}`,
  };
  return {
    goesOn: fact,
    since: null,
    details: [],
    doubt: null,
    advice: null,
    remarks: [],
    repeats: {
      zh: `${unit}${where.zh}多次亮灯不足`,
      en: `${unit} has repeatedly been ${where.en} with its lightbar off`,
    },
    was: fact,
    over: fact,
    claim: {
      subjectZh: `${unit}${where.zh}`,
      nameZh: '亮灯不足',
      en: `${unit} had its lightbar on for too little of the time ${where.en}`,
      disproof: null,
    },
  };
}

/** How much of the time it was on at the most, and what of it was not measured. */
function shareWords(
  lights:
    | {
        readonly onMs: number;
        readonly offMs: number;
        readonly notMeasuredMs: number;
        readonly leastPercent: number;
      }
    | undefined,
): Names {
  if (lights === undefined) return { zh: '', en: '' };
  const { onMs, offMs, notMeasuredMs, leastPercent } = lights;
  const percent = Math.floor(((onMs + notMeasuredMs) * 100) / Math.max(1, onMs + offMs + notMeasuredMs));
  const unsaid = notMeasuredMs === 0 ? null : exactDurationOf(notMeasuredMs);
  return {
    zh: `，至多${percent}%（应有${leastPercent}%）${unsaid === null ? '' : `，其中${unsaid.zh}未测得`}`,
    en: `, at most ${percent} % where ${leastPercent} % is wanted${unsaid === null ? '' : `, of which ${unsaid.en} were not measured`}`,
  };
}
