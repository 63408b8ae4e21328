import { benchAlertLatency } from './alert-latency.js';
import { benchArchive } from './archive/bench.js';
import { ATTACK_NAMES } from './attack/attacks.js';
import { benchAttack } from './attack/bench.js';
import { benchConsole } from './console.js';
import { benchDays } from './days.js';
import { benchDense } from './dense.js';
import { benchFanOut } from './fan-out.js';
import { benchDrift } from './drift.js';
import { benchFold } from './fold.js';
import { benchFoldBeside } from './fold-beside.js';
import { benchFormats } from './formats.js';
import { benchGrowth } from './growth.js';
import { benchIngestBatch } from './ingest-batch.js';
import { benchIngestLive } from './ingest-live.js';
import { benchIsolation } from './isolation.js';
import { machine } from './machine.js';
import { benchGeo } from './geo.js';
import { benchReconnect } from './reconnect.js';
import { benchRecovery } from './recovery.js';
import { benchMemory } from './memory.js';
import { benchPlaces } from './places.js';
import { benchSoak } from './soak.js';
import { benchSos } from './sos.js';
import { benchStops } from './stops.js';
import { benchUncovered } from './uncovered.js';

const [words, options] = splitAtOptions(process.argv.slice(2));
/** Cases of `attack`, which may stand behind it. */
const cases = ATTACK_NAMES.filter((name) => words.includes(name));
/** `archive year`: all of it; `archive alone`: without PostgreSQL. */
const [isWhole, isAlone] = [words.includes('year'), words.includes('alone')];
const names = words.filter((word) => word !== 'year' && word !== 'alone' && !cases.some((name) => name === word));

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
  formats: benchFormats,
};
/** Too long to run unless they are asked for. */
const ON_REQUEST: Readonly<Record<string, () => Promise<void>>> = {
  days: () => benchDays(options),
  archive: () => benchArchive({ isWhole, isAlone, options }),
  'fold-beside': () => benchFoldBeside(options),
  'ingest-batch': () => benchIngestBatch(options),
  'ingest-live': () => benchIngestLive(options),
  isolation: () => benchIsolation(options),
  reconnect: () => benchReconnect(options),
  'fan-out': () => benchFanOut(options),
  'alert-latency': () => benchAlertLatency(options),
  recovery: () => benchRecovery(options),
  memory: () => benchMemory(options),
  soak: () => benchSoak(options),
  places: () => benchPlaces(options),
  growth: () => benchGrowth(options),
  console: () => benchConsole(options),
};
const ALL = { ...BENCHES, ...ON_REQUEST };

const unknown = names.filter((name) => !Object.hasOwn(ALL, name));
if (
  unknown.length > 0 ||
  (cases.length > 0 && !names.includes('attack')) ||
  ((isWhole || isAlone) && !names.includes('archive'))
) {
  const known = `${Object.keys(BENCHES).join(', ')}, or nothing for all of these; ${Object.keys(ON_REQUEST).join(', ')}; behind attack ${ATTACK_NAMES.join(', ')}, or nothing for all; behind archive year, or nothing for some days, and alone, or nothing for PostgreSQL beside it`;
  console.error(`bench: got ${words.join(' ')}, expected ${known}`);
  process.exitCode = 1;
} else {
  const { cpu, cores, node, commit } = machine();
  console.log(`${cpu} × ${cores}, node ${node}, commit ${commit}`);
  for (const [name, bench] of Object.entries(names.length === 0 ? BENCHES : ALL)) {
    if (names.length === 0 || names.includes(name)) await bench();
  }
}

/** Options of a bench stand behind the names. */
function splitAtOptions(all: readonly string[]): readonly [words: readonly string[], options: readonly string[]] {
  const first = all.findIndex((word) => word.startsWith('--'));
  return first < 0 ? [all, []] : [all.slice(0, first), all.slice(first)];
}
