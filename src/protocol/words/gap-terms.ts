import type { AlertVersion } from '../../model/alert.js';
import { unreachable } from '../../model/errors.js';
import type { Names, PlaceKind, RuleKind } from '../../model/plan.js';
import { placeWords } from './names.js';

export type GapKind = Extract<RuleKind, 'zone-gap' | 'checkpoint-gap' | 'route-gap'>;

/** The kind of place that each is about. */
export const GAP_PLACES = {
  'zone-gap': 'zone',
  'checkpoint-gap': 'checkpoint',
  'route-gap': 'route',
} as const satisfies Record<GapKind, PlaceKind>;

/** How a place without police is spoken of. */
export interface GapTerms {
  readonly place: Names;
  /** It has been so for a time; maybe it has. */
  readonly lacks: (lasted: Names) => Names;
  readonly mayLack: (lasted: Names) => Names;
  /** Who was there before, in brackets. */
  readonly before: (unit: string) => Names;
  /** Where somebody may be. */
  readonly thereZh: string;
  readonly thereEn: string;
  readonly adviceZh: string;
  /** It is well again, and how it had been. */
  readonly backZh: string;
  readonly cameZh: string;
  readonly backEn: (unit: string, at: string) => string;
  readonly wasZh: (lasted: string) => string;
  readonly wasEn: (lasted: string) => string;
  readonly mayEn: (lasted: string) => string;
  /** Its window is over. */
  readonly windowZh: string;
  readonly claimZh: string;
  readonly claimEn: string;
  /** It comes and goes. */
  readonly repeatedlyEn: string;
  readonly mayRepeatedlyEn: string;
}

/** The terms of a gap rule for the place that a version is about. */
export function gapTerms(rule: GapKind, version: AlertVersion): GapTerms {
  const place = placeWords(version, version.place ?? version.subject.id, GAP_PLACES[rule]);
  switch (rule) {
    case 'zone-gap': {
      return {
        place,
        thereEn: 'there',
        lacks: ({ zh, en }) => ({
          zh: `${place.zh}已${zh}无警力`,
          en: `${place.en} has had no unit for ${en}`,
        }),
        mayLack: ({ zh, en }) => ({
          zh: `${place.zh}疑似已${zh}无警力`,
          en: `${place.en} may have had no unit for ${en}`,
        }),
        before: (unit) => ({ zh: `此前由${unit}巡逻`, en: `${unit} was there before` }),
        thereZh: '在该片区',
        adviceZh: '请派警力前往',
        backZh: '已有警力到位',
        cameZh: '进入',
        backEn: (unit, at) => `${place.en} has a unit again: ${unit} came at ${at}`,
        wasZh: (lasted) => `${lasted}无警力`,
        wasEn: (lasted) => `had no unit for ${lasted}`,
        mayEn: (lasted) => `may have had no unit for ${lasted}`,
        windowZh: '巡逻时段',
        claimZh: '无警力',
        claimEn: 'without a unit',
        repeatedlyEn: 'has repeatedly had no unit',
        mayRepeatedlyEn: 'may repeatedly have had no unit',
      };
    }
    case 'checkpoint-gap': {
      return {
        place,
        thereEn: 'there',
        lacks: ({ zh, en }) => ({ zh: `${place.zh}已空岗${zh}`, en: `${place.en} has been unattended for ${en}` }),
        mayLack: ({ zh, en }) => ({
          zh: `${place.zh}疑似空岗已${zh}`,
          en: `${place.en} may have been unattended for ${en}`,
        }),
        before: (unit) => ({ zh: `此前由${unit}值守`, en: `${unit} was there before` }),
        thereZh: '在岗',
        adviceZh: '请派警力到岗',
        backZh: '已恢复值守',
        cameZh: '到岗',
        backEn: (unit, at) => `${place.en} is covered again by ${unit} (there since ${at})`,
        wasZh: (lasted) => `空岗${lasted}`,
        wasEn: (lasted) => `was unattended for ${lasted}`,
        mayEn: (lasted) => `may have been unattended for ${lasted}`,
        windowZh: '值守时段',
        claimZh: '空岗',
        claimEn: 'unattended',
        repeatedlyEn: 'has repeatedly been unattended',
        mayRepeatedlyEn: 'may repeatedly have been unattended',
      };
    }
    case 'route-gap': {
      return {
        place,
        lacks: ({ zh, en }) => ({
          zh: `${place.zh}已${zh}无警力巡逻`,
          en: `${place.en} has had no patrol for ${en}`,
        }),
        mayLack: ({ zh, en }) => ({
          zh: `${place.zh}疑似已${zh}无警力巡逻`,
          en: `${place.en} may have had no patrol for ${en}`,
        }),
        before: (unit) => ({ zh: `此前由${unit}巡逻`, en: `${unit} patrolled it before` }),
        thereZh: '在该路线上',
        thereEn: 'on it',
        adviceZh: '请派警力巡逻',
        backZh: '已恢复巡逻',
        cameZh: '到达',
        backEn: (unit, at) => `${place.en} is patrolled again: ${unit} came at ${at}`,
        wasZh: (lasted) => `${lasted}无警力巡逻`,
        wasEn: (lasted) => `had no patrol for ${lasted}`,
        mayEn: (lasted) => `may have had no patrol for ${lasted}`,
        windowZh: '巡逻时段',
        claimZh: '无警力巡逻',
        claimEn: 'without a patrol',
        repeatedlyEn: 'has repeatedly had no patrol',
        mayRepeatedlyEn: 'may repeatedly have had no patrol',
      };
    }
    default:
      return unreachable(rule);
  }
}
