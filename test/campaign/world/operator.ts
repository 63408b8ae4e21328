import { HOUR, T0 } from '../../engine/support.js';
import type { AlertVersion } from '../../../src/model/alert.js';
import type { ActionEntry } from '../../../src/model/log-entry.js';
import type { Act } from '../scenario.js';
import type { World } from './world.js';

/** Supervisors act on what is on their list then, open tasks, and state what they hear by radio. */
export function playOperator(world: World): void {
  const { scenario, scheduler } = world;
  for (const [index, act] of scenario.acts.entries()) {
    scheduler.at(T0 + act.atMs, () => {
      const entry = actionOf(world, act, index);
      if (entry === null) return;
      void world.append(entry);
      if (act.againMs !== null) scheduler.after(act.againMs, () => void world.append(entry));
    });
  }
  for (const { loggedAtMs, id, task, units, places, fromMs, toMs } of scenario.tasks) {
    scheduler.at(T0 + loggedAtMs, () => {
      const until = toMs === null ? null : T0 + toMs;
      const who = { taskId: id, actor: 'li', task, units, places, reason: 'campaign' };
      void world.append({ kind: 'task', ...who, fromMs: T0 + fromMs, toMs: until });
    });
  }
  for (const { atMs, id, unit, at, notAt, lastsMs, againMs } of scenario.statements ?? []) {
    scheduler.at(T0 + atMs, () => {
      const who = { statementId: id, actor: 'li', unit, note: null };
      const entry = { kind: 'statement', ...who, at, notAt, untilMs: T0 + atMs + lastsMs } as const;
      void world.append(entry);
      if (againMs !== null) scheduler.after(againMs, () => void world.append(entry));
    });
  }
}

function actionOf({ redis, scheduler }: World, act: Act, index: number): ActionEntry | null {
  const list = redis.hashes.get(act.about === 'closed' ? 'closedAlerts' : 'openAlerts');
  const alerts = [...(list?.values() ?? [])] as AlertVersion[];
  const wanted = act.about === 'call' ? alerts.filter(({ rule }) => rule === 'sos') : alerts;
  const alert = wanted.sort((a, b) => a.transition - b.transition)[act.pick % Math.max(1, wanted.length)];
  if (alert === undefined) return null;
  return {
    kind: 'action',
    actionId: `act-${index}`,
    actor: 'li',
    action: act.action,
    alertId: act.about === 'unknown' ? `${alert.alertId}-other` : alert.alertId,
    alertVersion: act.stale ? alert.version - 1 : alert.version,
    comment: act.action === 'acknowledge' ? null : 'campaign',
    untilMs: act.action === 'shelve' ? scheduler.nowMs + HOUR / 4 : null,
  };
}
