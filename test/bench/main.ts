import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { benchAttack } from './attack/bench.js';
import { benchDense } from './dense.js';
import { benchDrift } from './drift.js';
import { benchFold } from './fold.js';
import { benchGeo } from './geo.js';
import { benchSos } from './sos.js';
import { benchStops } from './stops.js';
import { benchUncovered } from './uncovered.js';

/** Benches by name, in the order in which they run. */
const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  geo: benchGeo,
  drift: benchDrift,
  stops: benchStops,
  uncovered: benchUncovered,
  fold: benchFold,
  attack: benchAttack,
  sos: benchSos,
  dense: benchDense,
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`bench: got ${unknown.join(', ')}, expected ${Object.keys(BENCHES).join(', ')}, or nothing for all`);
  process.exitCode = 1;
} else {
  const [cpu] = cpus();
  console.log(`${cpu?.model ?? 'unknown cpu'} × ${cpus().length}, node ${process.version}, commit ${commit()}`);
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (names.length === 0 || names.includes(name)) await bench();
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
