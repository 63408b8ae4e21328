import { denseBench, denseRuns, playDense } from '../support/dense-runs.js';

const SEED = 20_261_129;

/** What one tracker can make the engine do: seconds of cpu and fixes folded, for the worst patterns known. */
export function benchDense(): Promise<void> {
  console.log(`dense: one tracker against the engine, 40 places, seed ${SEED}`);
  for (const run of denseRuns(SEED, 300)) {
    const bench = denseBench();
    const sent = run.sends.reduce((sum, { fixes }) => sum + fixes.length, 0);
    const start = process.cpuUsage();
    playDense(run, bench);
    const { user, system } = process.cpuUsage(start);
    const seconds = (user + system) / 1e6;
    console.log(
      `  ${run.name}: ${sent} fixes, ${bench.state.foldedFixes} folded, ${seconds.toFixed(2)} s, ${((1e6 * seconds) / sent).toFixed(0)} µs a fix`,
    );
  }
  return Promise.resolve();
}
