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
 * came of it. With a standby: a second process that only folds. With an archive: another one that only archives. With a training: a whole second deployment on another database of the
 * same Redis, which nobody kills, but whose Redis dies with the other's.
 */
export async function playRealDay(scope: TestScope, day: RealDay): Promise<RealRun> {
  const { scenario, standby, archive, kills, training } = day;
  const production = await deploy(scope, scenario, null);
  const socketPath = socketOf(production.site);
  const beside = async (role: string): Promise<KeptProgram> => {
    const variables = {
      BEATWATCH_ROLES: role,
      BEATWATCH_PORT: String(await freePort()),
      REDIS_URL: `unix://${socketPath}`,
    };
    return new KeptProgram(() => serve(scope, production.site, variables));
  };
  const [second, archiving] = [await beside('engine'), await beside('archive')];
  if (standby) await second.begin();
  if (archive) await archiving.begin();
  const other = training === null ? null : await deploy(scope, training, socketPath);
  const programs = { server: production.server, standby: second, archive: archiving };
  const killing = new Killing(kills, (victim) => {
    if (victim === 'redis') killRedis(production.site.folder);
    else programs[victim].kill();
  });
  await Promise.all([production.play((nowMs, move) => killing.around(nowMs, move)), other?.play((_, move) => move())]);
  await killing.settled();
  // Its Redis ends with production's server.
  const trained = (await other?.end()) ?? null;
  await second.end();
  // It archives what the log has before it ends.
  await archiving.end();
  const run = await production.end();
  const starts = run.starts + second.starts + archiving.starts + (trained?.starts ?? 0);
  return { production: run, training: trained, starts };
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
