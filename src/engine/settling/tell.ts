import type { AlertCause } from '../../model/alert.js';
import type { AlertBook } from '../../model/fold-keys.js';
import { formatLogId } from '../../model/log-id.js';
import { earlier } from '../agenda/instants.js';
import { setLook } from '../agenda/looks.js';
import { updateAlerts } from '../alerts/alerts.js';
import type { Occasion } from '../alerts/episodes.js';
import { bookOfTopic, bookOfVersion, type Judgement } from '../alerts/topics.js';
import { nextUpkeepMs, releasesAtMs } from '../alerts/upkeep.js';
import type { EngineState } from '../state.js';
import type { Outputs } from './agenda.js';

/** Hands what rules found to the alert book. Answers when some of it must be looked at again whatever comes. */
export function tell(
  state: EngineState,
  judgements: readonly Judgement[],
  cause: AlertCause,
  out: Outputs,
): number | null {
  let againMs: number | null = null;
  for (const judgement of judgements) {
    const { topic, episodes } = judgement;
    if (episodes.length === 0 && !state.alerts.has(topic.key)) continue;
    const versions = updateAlerts(state, judgement, state.finalToMs, occasionOf(state, cause));
    out.alerts.push(...versions);
    if (versions.length > 0) planUpkeep(state, bookOfTopic(topic));
    againMs = earlier(againMs, releasesAtMs(state, topic));
  }
  return againMs;
}

/** Sets when time alone changes the alerts of a book next. */
export function planUpkeep(state: EngineState, book: AlertBook): void {
  setLook(state, { kind: 'alerts', book }, nextUpkeepMs(state, book));
}

/** Sets when time alone changes the alerts of any book next. */
export function planAllUpkeep(state: EngineState): void {
  for (const [first] of state.alerts.values()) if (first !== undefined) planUpkeep(state, bookOfVersion(first.version));
}

export function occasionOf({ nowMs, lastId }: EngineState, cause: AlertCause): Occasion {
  return { nowMs, cause, logId: formatLogId(lastId) };
}
