import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, killRedis, serve } from '../../e2e/served-district.js';
import type { TestScope } from '../../support/redis-server.js';
import { type DeploymentRun, deploy, socketOf } from './deployment.js';
import type { RealDay, RealKill, Victim } from './draw-real.js';
import { KeptProgram } from './kept-program.js';

export interface RealRun {
  readonly production: DeploymentRun;
  /** Null: there was no training server. */
  readonly training: DeploymentRun | null;
  /** Times that any program was started. */
  readonly starts: number;
}

/**
 * Drives `beatwatch serve` through a scenario over real sockets and its own Redis, kills whom it is told to, and reads what
 * came of it. With a standby: a second process that only folds. With a training: a whole second deployment on another database of the
 * same Redis, which nobody kills, but whose Redis dies with the other's.
 */
export async function playRealDay(scope: TestScope, { scenario, standby, kills, training }: RealDay): Promise<RealRun> {
  const production = await deploy(scope, scenario, null);
  const socketPath = socketOf(production.site);
  const standbyPort = String(await freePort());
  const second = new KeptProgram(() =>
    serve(scope, production.site, {
      BEATWATCH_ROLES: 'engine',
      BEATWATCH_PORT: standbyPort,
      REDIS_URL: `unix://${socketPath}`,
    }),
  );
  if (standby) await second.begin();
  const beside = training === null ? null : await deploy(scope, training, socketPath);
  const killing = new Killing(kills, (victim) => {
    if (victim === 'redis') killRedis(production.site.folder);
    else (victim === 'server' ? production.server : second).kill();
  });
  await Promise.all([production.play((nowMs, move) => killing.around(nowMs, move)), beside?.play((_, move) => move())]);
  await killing.settled();
  // Its Redis ends with production's server.
  const trained = (await beside?.end()) ?? null;
  await second.end();
  const run = await production.end();
  return { production: run, training: trained, starts: run.starts + second.starts + (trained?.starts ?? 0) };
}

/** Carries out the kills that fall into a step, while it goes on. */
class Killing {
  readonly #left: Set<RealKill>;
  readonly #kill: (victim: Victim) => void;
  readonly #running: Promise<void>[] = [];
  #step = 0;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(kills: readonly RealKill[], killVictim: (victim: Victim) => void) {
    this.#left = new Set(kills);
    this.#kill = killVictim;
  }

  /** A repeat of a move, after a kill, is no step of its own. */
  async around(nowMs: number, move: () => Promise<void>): Promise<void> {
    if (nowMs > this.#atMs) this.#step += 1;
    this.#atMs = nowMs;
    this.#begin('clock');
    await move();
    this.#begin('reports');
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #begin(since: RealKill['since']): void {
    for (const one of this.#left) {
      if (one.step !== this.#step || one.since !== since) continue;
      this.#left.delete(one);
      this.#running.push(
        sleep(one.afterMs).then(() => {
          for (const victim of one.victims) this.#kill(victim);
        }),
      );
    }
  }
}
