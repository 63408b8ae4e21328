import { takeAway } from './breaks/breaks.js';
import type { Invariant } from './check/violation.js';
import type { DayName } from './days/run-day-seed.js';
import type { Outcome } from './run-scenario.js';
import type { Scenario } from './scenario.js';

/** What a worker is asked; to shrink the scenario of a seed, or one that is given. */
export type Request =
  | { readonly do: 'seed'; readonly seed: number }
  | { readonly do: 'archive'; readonly seed: number }
  | { readonly do: 'day'; readonly day: DayName; readonly seed: number }
  | { readonly do: 'scenario'; readonly scenario: Scenario }
  | { readonly do: 'shrink'; readonly of: number | Scenario; readonly invariant: Invariant; readonly mostMs: number };

export type Answer =
  | { readonly did: 'run'; readonly outcome: Outcome }
  | { readonly did: 'shrink'; readonly scenario: Scenario; readonly tries: number };

/**
 * One process that runs scenarios, one at a time: all of them with or all of them without one mechanism, which its first
 * argument names. The engine is imported only after that was taken away.
 */
async function main(): Promise<void> {
  const name = process.argv[2] ?? null;
  const broken = takeAway(name);
  const { runScenario } = await import('./run-scenario.js');
  const { runArchiveSeed } = await import('./archive/run-archive-seed.js');
  const { runDaySeed } = await import('./days/run-day-seed.js');
  const { drawScenario } = await import('./draw/draw-scenario.js');
  const { shrink } = await import('./shrink.js');
  const answerTo = async (request: Request): Promise<Answer> => {
    switch (request.do) {
      case 'seed':
        return { did: 'run', outcome: await runScenario(drawScenario(request.seed), broken) };
      case 'archive':
        return { did: 'run', outcome: await runArchiveSeed(request.seed, name) };
      case 'day':
        return { did: 'run', outcome: await runDaySeed(request.day, request.seed) };
      case 'scenario':
        return { did: 'run', outcome: await runScenario(request.scenario, broken) };
      case 'shrink': {
        const { of, invariant, mostMs } = request;
        const failing = typeof of === 'number' ? drawScenario(of) : of;
        return { did: 'shrink', ...(await shrink(failing, invariant, broken, mostMs)) };
      }
    }
  };
  process.on('message', (request: Request) => {
    void answerTo(request).then((answer) => process.send?.(answer));
  });
  process.on('disconnect', () => process.exit());
}

void main();
