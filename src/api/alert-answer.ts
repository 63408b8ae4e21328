import type { AlertVersion } from '../model/alert.js';
import type { SettledDay } from '../model/day-record.js';
import { type AlertAnswer, alertStateOf } from '../protocol/alert-states.js';
import { wordedAlert } from '../protocol/words/worded-alert.js';
import type { ApiDistrict } from './deps.js';
import { isAlertHeld } from './settled-days.js';

/** `district`: whose plan says how its people read the clock. */
export function alertAnswer(version: AlertVersion, district: Pick<ApiDistrict, 'plan'>): AlertAnswer {
  const timeZone = district.plan()?.timeZone ?? null;
  return { ...wordedAlert(version, timeZone), state: alertStateOf(version) };
}

/** The answer about an alert's last version; its finality is `settled` where settled days hold it. */
export function settledAlertAnswer(
  version: AlertVersion,
  district: Pick<ApiDistrict, 'plan'>,
  days: readonly SettledDay[],
): AlertAnswer {
  return alertAnswer(isAlertHeld(days, version) ? { ...version, finality: 'settled' } : version, district);
}
