import type { RawEntry } from '../../../src/log/raw-entry.js';
import { createRandom, type Random } from '../../../src/simulator/random.js';
import type { FAULTS } from '../check/met.js';
import { drawEntry } from '../../archive/kept-log.js';

/** What happens in one round of an archive's life. Each round begins with entries that the log gets. */
export interface ArchiveRound {
  readonly entries: number;
  /** Processes that archive at once, each killed so long after it began; null: told to stop, so that it archives what there is. */
  readonly archivers: readonly (number | null)[];
  /** A file may have at most so many blocks of 512 bytes: a part is not written whole. Null: as many as it likes. */
  readonly fileBlocks: number | null;
  /** Somebody reads all of it, again and again, while the log is trimmed as fast as it is archived. */
  readonly isRead: boolean;
  /** The engine's snapshot is so many entries behind: the log keeps them. */
  readonly snapshotLag: number;
  /** Afterwards Redis is restored from a copy that lacks so many of the last entries; 0: it is not. */
  readonly restoredWithout: number;
}

export interface ArchiveDays {
  readonly seed: number;
  readonly entriesPerPart: number;
  readonly rounds: readonly ArchiveRound[];
}

type ArchiveFault = (typeof FAULTS.archive)[number];

const DAY_MS = 86_400_000;
const MOST_ENTRIES = 160;

/** A few days of a small log, and what befalls its archive. */
export function drawArchiveDays(seed: number): ArchiveDays {
  const random = createRandom(seed, 'archive');
  const rounds = Array.from({ length: random.integer(4, 6) }, () => drawRound(random));
  return { seed, entriesPerPart: random.integer(20, 60), rounds };
}

function drawRound(random: Random): ArchiveRound {
  const isFull = random.chance(0.2);
  return {
    entries: random.integer(30, MOST_ENTRIES),
    archivers: Array.from({ length: random.chance(0.4) ? 2 : 1 }, () =>
      random.chance(0.6) ? random.integer(0, 500) : null,
    ),
    fileBlocks: isFull ? random.integer(1, 20) : null,
    isRead: random.chance(0.5),
    snapshotLag: random.integer(0, 100),
    restoredWithout: random.chance(0.4) ? random.integer(1, 120) : 0,
  };
}

export function faultsIn({ rounds }: ArchiveDays): ArchiveFault[] {
  const some = (name: ArchiveFault, is: (round: ArchiveRound) => boolean): ArchiveFault[] =>
    rounds.some(is) ? [name] : [];
  return [
    ...some('archive killed', ({ archivers }) => archivers.some((afterMs) => afterMs !== null)),
    ...some('two archivers', ({ archivers }) => archivers.length > 1),
    ...some('part not written', ({ fileBlocks }) => fileBlocks !== null),
    ...some('archive read while trimmed', ({ isRead }) => isRead),
    ...some('log restored older than the archive', ({ restoredWithout }) => restoredWithout > 0),
  ];
}

/** Makes the entries of a log one after another: a few a second, a night now and then, and a time in which it ran ahead and was resumed. */
export class EntrySource {
  readonly #random: Random;
  #ms = 1_800_000_000_000;
  #seq = 0;
  /** Own log time where the ids are ahead of it. */
  #ownMs: number | null = null;

  constructor(seed: number) {
    this.#random = createRandom(seed, 'entries');
  }

  next(): RawEntry {
    const random = this.#random;
    const stepMs = random.chance(0.02) ? random.integer(DAY_MS / 4, DAY_MS) : random.integer(0, 700);
    if (this.#ownMs !== null) this.#ownMs += stepMs;
    if (this.#ownMs === null || this.#ownMs >= this.#ms) {
      this.#ms = this.#ownMs ?? this.#ms + stepMs;
      this.#ownMs = null;
      // It runs ahead, and is resumed: later ids stay where it had come to until the clock is there.
      if (random.chance(0.004)) {
        this.#ownMs = this.#ms;
        this.#ms += random.integer(60_000, DAY_MS / 3);
      }
    }
    this.#seq += 1;
    const entry = drawEntry(random, { ms: this.#ms, seq: this.#seq });
    return this.#ownMs === null ? entry : { ...entry, atMs: this.#ownMs };
  }
}
