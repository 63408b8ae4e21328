import type { AlertVersion } from '../../src/model/alert.js';
import type { Fix } from '../../src/model/fix.js';
import type { ActionEntry } from '../../src/model/log-entry.js';
import { at, Bench, fix, HOUR, MINUTE, T0 } from '../engine/support.js';
import { districtWith } from './district.js';

const CAR = 'm303';

/** Calls for help, played: each way in which a call can come, and all that people can do to one. */
export function everyCall(): AlertVersion[] {
  return [...life(), ...ways()].filter(({ rule }) => rule === 'sos');
}

function patrol(): Bench {
  const bench = new Bench(districtWith('post'));
  bench.drive(T0 + 5 * MINUTE, { [CAR]: () => at(150) });
  return bench;
}

function life(): AlertVersion[] {
  const bench = patrol();
  const startMs = bench.nowMs;
  bench.send(CAR, call(startMs));
  act(bench, 'comment', { comment: '已呼叫，无应答' });
  act(bench, 'shelve', { comment: '稍后', untilMs: bench.nowMs + MINUTE });
  act(bench, 'resolve', { comment: null });
  act(bench, 'comment');
  act(bench, 'acknowledge', { alertVersion: 0 });
  act(bench, 'acknowledge');
  bench.send(CAR, call(startMs - 20_000));
  // A button that bounces calls again and again.
  for (let i = 1; i <= 4; i += 1) {
    bench.tickTo(startMs + i * 40_000);
    if (i === 4) act(bench, 'acknowledge');
    bench.send(CAR, fix(bench.nowMs - 20_000, at(150), { sos: false }), call(bench.nowMs));
  }
  act(bench, 'acknowledge');
  act(bench, 'acknowledge');
  act(bench, 'resolve', { comment: '误按，人员安全。' });
  act(bench, 'comment', { comment: '已更换按钮' });
  act(bench, 'resolve', { comment: '误按' });
  return bench.alerts;
}

function ways(): AlertVersion[] {
  const told: AlertVersion[] = [];
  const came: readonly ((nowMs: number) => Fix)[] = [
    (ms) => call(ms, { position: at(0) }),
    (ms) => call(ms, { position: at(0, -30_000) }),
    (ms) => call(ms, { position: null }),
    (ms) => call(ms - 3 * HOUR, { position: null }),
    (ms) => call(ms - 26 * HOUR, { position: null }),
    (ms) => call(ms + 8 * HOUR),
    (ms) => call(ms, { position: at(20_000) }),
  ];
  for (const make of came) {
    const bench = patrol();
    bench.tickTo(bench.nowMs + 30_000);
    bench.send(CAR, make(bench.nowMs));
    told.push(...bench.alerts);
  }
  return told;
}

function call(ms: number, more: Partial<Fix> = {}): Fix {
  return fix(ms, at(150), { sos: true, ...more });
}

function act(bench: Bench, action: ActionEntry['action'], more: Partial<ActionEntry> = {}): void {
  const calls = bench.alerts.filter(({ rule }) => rule === 'sos');
  const alertId = more.alertId ?? calls.at(-1)?.alertId;
  const last = calls.findLast((one) => one.alertId === alertId);
  bench.append(bench.nowMs, {
    kind: 'action',
    actionId: `act-${bench.log.length}`,
    actor: 'zhao-jun',
    action,
    alertId: alertId ?? '',
    alertVersion: last?.version ?? 0,
    comment: null,
    untilMs: null,
    ...more,
  });
}
