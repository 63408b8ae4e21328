import type { WindowFacts, WindowShortcoming } from '../../model/alert.js';
import { unreachable } from '../../model/errors.js';
import type { Names } from '../../model/plan.js';
import { durationOf, exactDurationOf } from './durations.js';
import { atWords, callsignOf, placeWords, unitsWords } from './names.js';
import {
  endMs,
  lastedMs,
  lastEpisode,
  limitWords,
  nobodyCanTell,
  type RuleWords,
  sinceWords,
  type Telling,
} from './telling.js';

/** A checkpoint to which nobody came in time, or at all, or from which those who came were away for too long, or left too early. */
export function checkpointWindowWords(telling: Telling): RuleWords {
  const { version, clock } = telling;
  const place = placeWords(version, version.place ?? version.subject.id, 'checkpoint');
  const { window, byUnit, byEventTimeMs, possibleUnits = [] } = version.evidence;
  const { fromMs, certainty } = lastEpisode(version);
  const maybe = certainty === 'unknown';
  const was = shortcomingsWords(telling);
  const during = duringWords(telling);
  return {
    goesOn: goesOnWords(telling, place, maybe),
    since: sinceWords(clock(fromMs)),
    details: [...limitsWords(telling), ...(during === null ? [] : [during])],
    doubt: maybe ? doubtWords(telling, possibleUnits) : null,
    advice: maybe ? { zh: '请电台核实', en: 'check by radio' } : { zh: '请派警力到岗', en: 'send a unit' },
    remarks: excuseWords(window),
    repeats: {
      zh: `${place.zh}反复${maybe ? '疑似' : ''}脱岗`,
      en: `${place.en} ${maybe ? 'may repeatedly have been' : 'has repeatedly been'} left`,
    },
    was: { zh: `${place.zh}${was.zh}`, en: `${place.en} ${was.en}` },
    over: window === undefined ? null : overWords(telling, place, was),
    claim: {
      subjectZh: place.zh,
      nameZh: was.zh,
      en: `${place.en} ${was.en}`,
      disproof:
        byUnit === undefined || byEventTimeMs === undefined ? null : presenceWords(telling, byUnit, byEventTimeMs),
    },
  };
}

function goesOnWords({ version }: Telling, place: Names, maybe: boolean): Names {
  const { window } = version.evidence;
  const lasted = lastedMs(version);
  if (window?.findings.at(-1)?.is === 'absence') {
    const away = durationOf(lasted + (window.awayMs ?? 0));
    return maybe
      ? { zh: `${place.zh}疑似累计脱岗${away.zh}`, en: `${place.en} may have been unattended for ${away.en} in all` }
      : {
          zh: `${place.zh}累计脱岗${away.zh}，目前无人在岗`,
          en: `${place.en} has been unattended for ${away.en} in all, and is so now`,
        };
  }
  const late = durationOf(lasted);
  return maybe
    ? { zh: `${place.zh}疑似应到未到已${late.zh}`, en: `${place.en} may still have nobody ${late.en} into its window` }
    : { zh: `${place.zh}应到未到已${late.zh}`, en: `${place.en} still has nobody ${late.en} into its window` };
}

function limitsWords({ version }: Telling): readonly Names[] {
  const { window, thresholdMs, graceMs } = version.evidence;
  if (window?.findings.at(-1)?.is === 'absence')
    return thresholdMs === undefined ? [] : [limitWords(exactDurationOf(thresholdMs))];
  if (graceMs === undefined) return [];
  const grace = exactDurationOf(graceMs);
  return [{ zh: `允许${grace.zh}`, en: `grace ${grace.en}` }];
}

function duringWords({ version, clock }: Telling): Names | null {
  const { window } = version.evidence;
  if (window === undefined) return null;
  const [from, to] = [clock(window.opensMs), clock(window.closesMs)];
  return { zh: `时段${from.zh}至${to.zh}`, en: `window ${from.en} to ${to.en}` };
}

function doubtWords({ version }: Telling, possibleUnits: readonly string[]): Names {
  if (possibleUnits.length === 0) return nobodyCanTell(null);
  const units = unitsWords(version, possibleUnits);
  return { zh: `位置未确认的${units.zh}可能在岗`, en: `${units.en} (position not certain) may be there` };
}

/** Nobody is to blame who was called away. */
function excuseWords(window: WindowFacts | undefined): readonly Names[] {
  if (window === undefined) return [];
  const { findings, excusedMs } = window;
  if (findings.some(({ excused }) => excused === true))
    return [{ zh: '系因任务调离，不计脱岗责任', en: 'excused: whoever was there had been called away by a task' }];
  if (excusedMs === undefined) return [];
  const excused = durationOf(excusedMs);
  return [{ zh: `其中${excused.zh}系因任务调离`, en: `${excused.en} of it after a call to a task` }];
}

function presenceWords({ version, clock }: Telling, byUnit: string, atMs: number): Names {
  const [unit, at] = [callsignOf(version, byUnit), clock(atMs)];
  const where = atWords(version, version.place ?? version.subject.id, 'checkpoint');
  return { zh: `${unit}于${at.zh}${where.zh}`, en: `${unit} was ${where.en} at ${at.en}` };
}

function overWords(telling: Telling, place: Names, was: Names): Names | null {
  const { version, clock } = telling;
  const { ending, byUnit } = version.evidence;
  const at = clock(endMs(version));
  if (ending === 'arrival' && byUnit !== undefined) {
    const unit = callsignOf(version, byUnit);
    return {
      zh: `${place.zh}已有人在岗（${unit}于${at.zh}到岗），此前${was.zh}`,
      en: `${place.en} is manned now: ${unit} came at ${at.en}; it ${was.en}`,
    };
  }
  if (ending !== 'window') return null;
  const from = clock(version.evidence.window?.opensMs ?? version.fromMs);
  return {
    zh: `${place.zh}${from.zh}至${at.zh}的值守时段已结束，${was.zh}`,
    en: `the window of ${place.en} from ${from.en} to ${at.en} is over; it ${was.en}`,
  };
}

/** All that was wrong in the window, what is certain before what may be: `was reached 12 min late, may have been left 10 min early`. */
function shortcomingsWords(telling: Telling): Names {
  const { window } = telling.version.evidence;
  if (window === undefined) return { zh: '', en: '' };
  const parts = [...window.findings]
    .sort((a, b) => Number(b.certain) - Number(a.certain))
    .map((one) => {
      const { zh, en } = shortcomingWords(telling, window, one);
      return one.certain ? { zh, en: `was ${en}` } : { zh: `疑似${zh}`, en: `may have been ${en}` };
    });
  return { zh: parts.map(({ zh }) => zh).join('、'), en: parts.map(({ en }) => en).join(' and ') };
}

function shortcomingWords({ version, clock }: Telling, window: WindowFacts, { is }: WindowShortcoming): Names {
  const { opensMs, closesMs, arrived, awayMs } = window;
  const { fromMs, toMs } = lastEpisode(version);
  switch (is) {
    case 'late': {
      if (arrived === undefined) return { zh: '未按时到岗', en: 'reached by nobody in time' };
      const [late, at] = [durationOf(arrived.atMs - opensMs), clock(arrived.atMs)];
      const unit = callsignOf(version, arrived.unit);
      // What ended it says it already.
      if (version.evidence.byEventTimeMs === arrived.atMs)
        return { zh: `迟到岗${late.zh}`, en: `reached ${late.en} late` };
      return {
        zh: `迟到岗${late.zh}（${unit}于${at.zh}到岗）`,
        en: `reached ${late.en} late (by ${unit} at ${at.en})`,
      };
    }
    case 'missed':
      return { zh: '整个时段无人到岗', en: 'reached by nobody at all' };
    case 'absence': {
      const away = durationOf((awayMs ?? 0) + (toMs === null ? lastedMs(version) : 0));
      return { zh: `累计脱岗${away.zh}`, en: `unattended for ${away.en} in all` };
    }
    case 'early-leave': {
      const [early, at] = [durationOf(closesMs - fromMs), clock(fromMs)];
      const { lastUnit } = version.evidence;
      const who = lastUnit === undefined ? null : callsignOf(version, lastUnit);
      return {
        zh: `提前${early.zh}离岗（${who ?? ''}${at.zh}离开）`,
        en: `left ${early.en} early (${who === null ? '' : `by ${who} `}at ${at.en})`,
      };
    }
    default:
      return unreachable(is);
  }
}
