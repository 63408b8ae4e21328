import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Progress } from '../progress.js';
import { type Attack, ATTACK_NAMES, type AttackName } from './attacks.js';
import { DISTRICT } from './district.js';
import type { Measured } from '../load/good-clients.js';
import { type Figures, figuresOf, startGood } from '../load/good-helper.js';
import { end, withProcesses } from '../processes.js';
import { forPlan, type Site, startSite } from '../site.js';

const REPORTING = 40;
const CALLERS = 100;
const CALL_EVERY_MS = 100;
/** Under each attack, and in the quiet time before each: so many that a p99 is not the worst one. */
const ATTACKED_CALLS = 200;
const QUIET_CALLS = 100;
/** How long an attack runs before it is measured, and how long the server rests after it. */
const WARM_UP_MS = 1_500;
const REST_MS = 3_000;
/** p99 under attack against the quiet one: the aim. */
const MOST_TIMES = 3;
const SUPERVISOR_TOKENS = 50;
const ATTACKER = fileURLToPath(new URL('./attacker.js', import.meta.url));

/**
 * What good clients notice of attacks: time from a report to its ack, and from a call for help to a supervisor's socket. Server,
 * good clients and each attacker are processes of their own on this machine; all over loopback. A quiet time comes before each
 * attack, and attacks are compared with all of them together. Prints a table, and a line of JSON a case.
 */
export async function benchAttack(names: readonly AttackName[] = ATTACK_NAMES): Promise<void> {
  // One tracker more than report and call: the attacker's.
  const attacker = REPORTING + CALLERS;
  await withProcesses('attack', async ({ folder, children }) => {
    const site = await startSite({ folder, district: DISTRICT, units: attacker + 1, betweenM: 200, proxied: false });
    children.push(site.server);
    const measure = await startGood(site, { reporting: REPORTING, callers: CALLERS }, children);
    await forPlan(site, 'attack');
    const quiet: Measured[] = [];
    const attacked: (readonly [AttackName, Measured])[] = [];
    const progress = new Progress('attack');
    for (const [n, name] of names.entries()) {
      progress.at(n / names.length);
      quiet.push(await measure({ calls: QUIET_CALLS, everyMs: CALL_EVERY_MS }));
      const attack = await startAttack(site, name, attacker, children);
      await sleep(WARM_UP_MS);
      attacked.push([name, await measure({ calls: ATTACKED_CALLS, everyMs: CALL_EVERY_MS })]);
      await end(attack);
      if (site.server.exitCode !== null) throw new Error(`${name}: the server ended with ${site.server.exitCode}`);
      await sleep(REST_MS);
    }
    progress.end();
    tellAll(quiet, attacked);
  });
}

async function startAttack(
  site: Site,
  name: AttackName,
  tracker: number,
  children: ChildProcess[],
): Promise<ChildProcess> {
  const child = fork(ATTACKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.push(child);
  // An attacker has a machine of its own; here it takes what the server and its good clients leave of this one.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const attack: Attack = {
    name,
    url: site.url,
    tracker: await site.token('tracker', `t-${tracker}`),
    auditor: await site.token('auditor', 'nosy'),
    supervisors: await Promise.all(
      Array.from({ length: SUPERVISOR_TOKENS }, (_, i) => site.token('supervisor', `shift-${i}`)),
    ),
  };
  child.send(attack);
  return child;
}

function tellAll(quiet: readonly Measured[], attacked: readonly (readonly [AttackName, Measured])[]): void {
  const quietly = figuresOf(quiet);
  console.log(`attack: ${REPORTING} trackers that report each second, a call for help each ${CALL_EVERY_MS} ms; ms`);
  console.log(`  ${'case'.padEnd(17)} ack p50   p99   most × quiet   alert p50   p99   most × quiet`);
  tell('quiet', quietly, quietly);
  for (const [name, measured] of attacked) tell(name, figuresOf([measured]), quietly);
}

function tell(name: string, figures: Figures, quiet: Figures): void {
  const ackTimes = figures.ackP99Ms / quiet.ackP99Ms;
  const alertTimes = figures.alertP99Ms / quiet.alertP99Ms;
  const ms = (value: number): string => value.toFixed(1).padStart(7);
  const times = (value: number): string => `${value.toFixed(1)}${value > MOST_TIMES ? ' !' : '  '}`.padStart(8);
  const { unacked, unheard } = figures;
  const lost = unacked + unheard > 0 ? `  ${unacked} reports not acknowledged, ${unheard} calls not heard` : '';
  const acks = `${ms(figures.ackP50Ms)}${ms(figures.ackP99Ms)}${ms(figures.ackMostMs)}${times(ackTimes)}`;
  const alerts = `${ms(figures.alertP50Ms)}${ms(figures.alertP99Ms)}${ms(figures.alertMostMs)}${times(alertTimes)}`;
  console.log(`  ${name.padEnd(17)} ${acks}     ${alerts}${lost}`);
  console.log(JSON.stringify({ bench: 'attack', case: name, ...figures, ackTimes, alertTimes }));
}
