import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { ATTACK_NAMES } from './attack/attacks.js';
import { benchAttack } from './attack/bench.js';
import { benchDense } from './dense.js';
import { benchDrift } from './drift.js';
import { benchFold } from './fold.js';
import { benchGeo } from './geo.js';
import { benchSos } from './sos.js';
import { benchStops } from './stops.js';
import { benchUncovered } from './uncovered.js';

const words = process.argv.slice(2);
/** Cases of `attack`, which may stand behind it. */
const cases = ATTACK_NAMES.filter((name) => words.includes(name));
const names = words.filter((word) => !cases.some((name) => name === word));

/** Benches by name, in the order in which they run. */
const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  geo: benchGeo,
  drift: benchDrift,
  stops: benchStops,
  uncovered: benchUncovered,
  fold: benchFold,
  attack: () => benchAttack(cases.length === 0 ? ATTACK_NAMES : cases),
  sos: benchSos,
  dense: benchDense,
};

const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0 || (cases.length > 0 && !names.includes('attack'))) {
  const known = `${Object.keys(BENCHES).join(', ')}, or nothing for all; behind attack ${ATTACK_NAMES.join(', ')}, or nothing for all`;
  console.error(`bench: got ${words.join(' ')}, expected ${known}`);
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
