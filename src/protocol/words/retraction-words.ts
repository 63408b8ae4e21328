import type { AlertCause } from '../../model/alert.js';
import { unreachable } from '../../model/errors.js';
import type { Names } from '../../model/plan.js';
import { type Claim, lastEpisode, type Telling } from './telling.js';

/** Why an alert was wrong, and what it had said, as a clause. */
export function retractionWords({ version, clock }: Telling, claim: Claim): Names {
  const since = clock(lastEpisode(version).fromMs);
  const alertZh = `${claim.subjectZh}原“${claim.nameZh}”告警（${since.zh}起）`;
  const saidEn = `the alert of ${since.en} that ${claim.en}`;
  if (version.mergedInto !== null)
    return { zh: `${alertZh}已并入另一条告警`, en: `${saidEn} is now part of another one` };
  if (version.cause === 'resume')
    return {
      zh: `日志时间有误，当时情况无从判断，${alertZh}作废`,
      en: `the log's time was wrong, so nobody can tell; ${saidEn} is void`,
    };
  const by = byWords(version.cause);
  if (claim.disproof !== null)
    return {
      zh: `${by.showsZh}${claim.disproof.zh}，原“${claim.nameZh}”告警（${since.zh}起）不成立`,
      en: `${by.showsEn} ${claim.disproof.en}; ${saidEn} does not stand`,
    };
  return { zh: `${by.judgedZh}，${alertZh}不成立`, en: `${by.judgedEn}, ${saidEn} does not stand` };
}

interface ByWords {
  readonly showsZh: string;
  readonly showsEn: string;
  readonly judgedZh: string;
  readonly judgedEn: string;
}

const ANEW: ByWords = {
  showsZh: '经重新判定，',
  showsEn: 're-evaluation shows that',
  judgedZh: '经重新判定',
  judgedEn: 'after re-evaluation',
};

function byWords(cause: AlertCause): ByWords {
  switch (cause) {
    case 'late-data':
    case 'fix':
      return {
        showsZh: '补传数据显示',
        showsEn: 'late data shows that',
        judgedZh: '根据补传数据重新判定',
        judgedEn: 'after re-evaluation with late data',
      };
    case 'fold':
      return {
        ...ANEW,
        judgedZh: '系统升级后重新判定',
        judgedEn: 'after re-evaluation by a newer version of the server',
      };
    case 'timer':
    case 'operator':
    case 'plan':
    case 'resume':
      return ANEW;
    default:
      return unreachable(cause);
  }
}
