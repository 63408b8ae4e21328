import { closeByPlan, updateAlerts } from '../../src/engine/alerts/alerts.js';
import type { Episode, Occasion } from '../../src/engine/alerts/episodes.js';
import type { StandingAlert } from '../../src/engine/alerts/slice.js';
import { type AlertTopic, bookOfTopic } from '../../src/engine/alerts/topics.js';
import { applyAction, keepUp } from '../../src/engine/alerts/upkeep.js';
import { move } from '../../src/engine/alerts/versions.js';
import { putInForce } from '../../src/engine/plan/plans.js';
import { judgementOf } from '../../src/engine/rules/judgement.js';
import { createState, type EngineState } from '../../src/engine/state.js';
import type { AlertEvidence, AlertVersion } from '../../src/model/alert.js';
import { MAX_SHELVE_MS } from '../../src/model/limits.js';
import type { ActionEntry } from '../../src/model/log-entry.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { MINUTE, T0 } from '../engine/support.js';

/** The engine's own book of the alerts about one topic, fed with findings. Times are minutes after T0. */
export class AlertBook {
  readonly told: AlertVersion[] = [];
  readonly #topic: AlertTopic;
  readonly #state: EngineState = createState('test');
  #seq = 0;

  constructor(topic: AlertTopic, district: CompiledPlan) {
    this.#topic = topic;
    this.#state.plans = [putInForce(district)];
    this.#state.planVersion = district.version;
  }

  judge(
    nowMin: number,
    episodes: readonly Episode[],
    cause: Occasion['cause'] = 'timer',
    disproof: AlertEvidence = {},
  ): void {
    const judgement = judgementOf(this.#state, this.#topic, episodes, { disproof: () => disproof });
    this.told.push(...updateAlerts(this.#state, judgement, 0, this.#occasion(nowMin, cause)));
  }

  /** A person acts on the last version, unless `more` says otherwise. */
  act(nowMin: number, action: ActionEntry['action'], more: Partial<ActionEntry> = {}): void {
    this.#occasion(nowMin, 'operator');
    const { alertId, version } = this.#alert.version;
    const entry: ActionEntry = {
      kind: 'action',
      actionId: `action-${this.#seq}`,
      actor: 'zhao-jun',
      action,
      alertId,
      alertVersion: version,
      comment: action === 'shelve' ? '道路施工，已通知' : null,
      untilMs: action === 'shelve' ? this.#state.nowMs + 10 * MINUTE : null,
      ...more,
    };
    this.told.push(...(applyAction(this.#state, entry)?.versions ?? []));
  }

  /** Every refusal that the alert's state allows. */
  refuse(nowMin: number): void {
    this.act(nowMin, 'acknowledge', { alertVersion: 0 });
    this.act(nowMin, 'comment');
    this.act(nowMin, 'shelve', { comment: null });
    this.act(nowMin, 'shelve', { untilMs: T0 + nowMin * MINUTE + MAX_SHELVE_MS + 1 });
    this.act(nowMin, 'unshelve');
    this.act(nowMin, 'resolve', { comment: '误报' });
  }

  /** Time passes: a shelf runs out, nothing in time can change what was said. */
  wait(nowMin: number): void {
    this.told.push(...keepUp(this.#state, bookOfTopic(this.#topic), this.#occasion(nowMin, 'timer')));
  }

  /** A plan drops what the alert is about. */
  drop(nowMin: number): void {
    const occasion = this.#occasion(nowMin, 'plan');
    this.told.push(...closeByPlan(this.#state, () => true, occasion.nowMs, occasion));
  }

  /** A log that begins anew ends it where it was known last. */
  stop(nowMin: number): void {
    const alert = this.#alert;
    const toMs = T0 + nowMin * MINUTE;
    const episodes = alert.version.episodes.map((one) => ({ ...one, toMs: one.toMs ?? toMs }));
    this.told.push(move(this.#state, alert, 'clear', { toMs, episodes }, this.#occasion(nowMin, 'resume')));
  }

  /** Another fold, or a log that begins anew, takes it back. */
  takeBack(nowMin: number, cause: Occasion['cause'], mergedInto: string | null = null): void {
    this.told.push(move(this.#state, this.#alert, 'retract', { mergedInto }, this.#occasion(nowMin, cause)));
  }

  /** A task of the unit and at the place explains the alert from now on. */
  explain(nowMin: number): void {
    const { place, unit } = this.#topic;
    this.#state.tasks.set('t-1', {
      taskId: 't-1',
      actor: 'zhao-jun',
      task: 'maintenance',
      units: unit === null ? [] : [unit.id],
      places: place === null ? [] : [place.id],
      fromMs: T0 + nowMin * MINUTE,
      toMs: null,
      reason: '检修',
    });
  }

  get #alert(): StandingAlert {
    const alert = this.#state.alerts.get(this.#topic.key)?.at(-1);
    if (alert === undefined) throw new Error('no alert yet');
    return alert;
  }

  #occasion(nowMin: number, cause: Occasion['cause']): Occasion {
    this.#state.nowMs = Math.max(this.#state.nowMs, T0 + nowMin * MINUTE);
    this.#seq += 1;
    this.#state.lastId = { ms: this.#state.nowMs, seq: this.#seq };
    return { nowMs: this.#state.nowMs, cause, logId: `${this.#state.nowMs}-${this.#seq}` };
  }
}
