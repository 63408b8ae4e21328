import type { RouteDirection, RoutePassFacts } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { durationOf, exactDurationOf } from './durations.js';
import { callsignOf, placeWords, unitsWords } from './names.js';
import {
  endMs,
  lastedMs,
  lastEpisode,
  limitWords,
  nobodyCanTell,
  type RuleWords,
  sinceWords,
  type Telling,
  watchEndedWords,
} from './telling.js';

/** A route of which a stretch was not driven for too long, or that nobody drove along as a whole. */
export function routePassWords({ version, clock }: Telling): RuleWords {
  const place = placeWords(version, version.place ?? version.subject.id, 'route');
  const { certainty, fromMs } = lastEpisode(version);
  const maybe = certainty === 'unknown';
  const lasted = durationOf(lastedMs(version));
  const may = maybe ? '疑似' : '';
  const was = {
    zh: `${may}巡逻超时${lasted.zh}`,
    en: `${maybe ? 'may have been' : 'was'} overdue for a patrol for ${lasted.en}`,
  };
  return {
    goesOn: {
      zh: `${place.zh}${may}巡逻超时已${lasted.zh}`,
      en: `${place.en} ${maybe ? 'may have been' : 'has been'} overdue for a patrol for ${lasted.en}`,
    },
    since: sinceWords(clock(fromMs)),
    details: detailWords({ version, clock }),
    doubt: maybe ? doubtWords({ version, clock }) : null,
    advice: maybe && version.evidence.sureSinceMs === undefined ? CHECK : SEND,
    remarks: [],
    repeats: {
      zh: `${place.zh}反复${may}巡逻超时`,
      en: `${place.en} ${maybe ? 'may repeatedly have been' : 'has repeatedly been'} overdue for a patrol`,
    },
    was: { zh: `${place.zh}曾${was.zh}`, en: `${place.en} ${was.en}` },
    over: overWords({ version, clock }, place, was),
    claim: {
      subjectZh: place.zh,
      nameZh: `${may}巡逻超时`,
      en: `${place.en} ${maybe ? 'may have been' : 'was'} overdue for a patrol`,
      disproof: null,
    },
  };
}

const CHECK: Names = { zh: '请电台核实', en: 'check by radio' };
const SEND: Names = { zh: '请派车巡逻', en: 'send a patrol along it' };
const WAY: Readonly<Record<RouteDirection, Names>> = {
  forward: { zh: '正向', en: 'forwards' },
  backward: { zh: '反向', en: 'backwards' },
};

/** What is late, how much was seen within the limit, and the limit. */
function detailWords({ version, clock }: Telling): readonly Names[] {
  const { routePass, thresholdMs } = version.evidence;
  if (routePass === undefined) return [];
  const limit = thresholdMs === undefined ? [] : [limitWords(exactDurationOf(thresholdMs))];
  return [
    routePass.late === 'pass' ? passWords(routePass, { version, clock }) : segmentWords(routePass, { version, clock }),
    seenWords(routePass),
    ...limit,
  ];
}

function segmentWords({ fromM, toM, direction }: RoutePassFacts, { version, clock }: Telling): Names {
  const stretch = { zh: `第${fromM}至${toM}米`, en: `metres ${fromM} to ${toM}` };
  const { lastUnit, lastSeenMs } = version.evidence;
  if (lastUnit === undefined || lastSeenMs === undefined || direction === undefined)
    return { zh: `${stretch.zh}尚无人巡到`, en: `${stretch.en} not seen yet` };
  const [unit, at, way] = [callsignOf(version, lastUnit), clock(lastSeenMs), WAY[direction]];
  return {
    zh: `${stretch.zh}上次由${unit}于${at.zh}${way.zh}巡到`,
    en: `${stretch.en} last seen at ${at.en} by ${unit} driving ${way.en}`,
  };
}

function passWords({ lastPass, passWithinMs }: RoutePassFacts, { version, clock }: Telling): Names {
  const within = exactDurationOf(passWithinMs);
  if (lastPass === undefined)
    return { zh: `尚无${within.zh}内的完整巡逻`, en: `no whole pass within ${within.en} yet` };
  const [unit, at, way] = [callsignOf(version, lastPass.unit), clock(lastPass.endedMs), WAY[lastPass.direction]];
  return {
    zh: `上次完整巡逻由${unit}于${at.zh}${way.zh}完成`,
    en: `last whole pass ended at ${at.en}, by ${unit} driving ${way.en}`,
  };
}

function seenWords({ coveredPercent, observedPercent }: RoutePassFacts): Names {
  const inferred = coveredPercent - observedPercent;
  return {
    zh: `时限内巡到${coveredPercent}%${inferred > 0 ? `，其中${inferred}%为推断` : ''}`,
    en: `${coveredPercent} % seen within the limit${inferred > 0 ? `, ${inferred} % of it by inference` : ''}`,
  };
}

/** Who may have driven there; or who may have until it was sure that nobody did. */
function doubtWords({ version, clock }: Telling): Names {
  const { possibleUnits = [], sureSinceMs } = version.evidence;
  const units = possibleUnits.length === 0 ? null : unitsWords(version, possibleUnits);
  const until = sureSinceMs === undefined ? null : clock(sureSinceMs);
  if (units === null) return nobodyCanTell(until);
  if (until === null) return { zh: `位置未确认的${units.zh}可能巡过`, en: `${units.en} may have driven along it` };
  return {
    zh: `${units.zh}在${until.zh}前可能巡过`,
    en: `${units.en} may have driven along it until ${until.en}`,
  };
}

function overWords({ version, clock }: Telling, place: Names, was: Names): Names | null {
  const { ending, byUnit } = version.evidence;
  const at = clock(endMs(version));
  if (ending === 'window') return watchEndedWords(place, { at, was });
  if (ending !== 'arrival') return null;
  const unit = byUnit === undefined ? null : callsignOf(version, byUnit);
  return {
    zh: `${place.zh}已于${at.zh}恢复巡逻${unit === null ? '' : `（${unit}巡到）`}，此前${was.zh}`,
    en: `${place.en} has been patrolled again since ${at.en}${unit === null ? '' : ` (by ${unit})`}; before that it ${was.en}`,
  };
}
