import { DistrictError } from '../district/faults.js';
import type { DistrictSource } from '../district/district-source.js';
import { ENGINE_GONE_AFTER_MS, type EngineFiles, type OtherEngine } from '../hot/engine-files.js';
import type { CompiledPlan } from '../model/plan.js';
import type { Logger, Metrics } from '../model/ports.js';
import { NO_ROADS, type RoadCollection } from '../model/roads.js';
import type { CheckResult } from '../ops/readiness.js';
import { faultsLine, type ReadDistrict, type ReadRoads } from './read-district.js';

/** Hexadecimal digits of a digest that a sentence shows. */
const SHOWN_DIGITS = 8;

export interface DistrictFilesOptions {
  readonly read: ReadDistrict;
  /** Null: no engine runs in this process, so it logs no plan. */
  readonly engines: Pick<EngineFiles, 'say' | 'takeTurn' | 'endTurn'> | null;
  /** The newest plan of the log that this process knows. */
  readonly plan: () => Pick<CompiledPlan, 'version' | 'sourceSha256' | 'published'> | null;
  readonly metrics: Metrics;
  /** Real milliseconds, monotonic. */
  readonly elapsedMs?: () => number;
}

/**
 * The district files of this process, beside those of the other engines. One rule keeps two engines from logging their files against
 * each other: a plan stays while any engine runs on its files. So files become the next plan when the last engine on the old ones
 * ends or reads the new ones, in whatever order a deployment does that; and a plan comes back only when no engine runs on the newer one.
 */
export class DistrictFiles {
  readonly #o: DistrictFilesOptions;
  readonly #elapsedMs: () => number;
  #source: DistrictSource | null;
  #refused: DistrictError | null;
  #roads: RoadCollection = NO_ROADS;
  #refusedRoads: DistrictError | null = null;
  #others: readonly OtherEngine[] = [];
  #saidAtMs: number | null = null;
  /** Who was cut off itself has not heard the others: until then it takes nobody for gone. */
  #knowsFromMs = 0;
  #isWaiting = false;
  #isWanted = false;
  /** Digest of the published plan that the files were said to differ from. */
  #warnedOf = '';

  constructor(o: DistrictFilesOptions) {
    this.#o = o;
    this.#elapsedMs = o.elapsedMs ?? (() => performance.now());
    this.#source = o.read.source;
    this.#refused = o.read.refused;
    this.useRoads(o.read.roads);
  }

  /** Null: they were refused at start, and the plan of the log goes on without them. */
  get source(): DistrictSource | null {
    return this.#source;
  }

  /** What a map of the district is drawn on. */
  get roads(): RoadCollection {
    return this.#roads;
  }

  /** Its files could not be logged when they were looked at last, and can be now, as far as is known. */
  get isDue(): boolean {
    return this.#isWaiting && this.#guardians().length === 0;
  }

  /** Whether a person wants them to be the plan, whoever published the plan of the log. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** A restart with other files takes no published plan back, and says so once. */
  warnOfOther(latest: CompiledPlan | undefined, logger: Logger): void {
    const files = this.#source?.sha256;
    if (latest?.published === undefined || files === undefined || this.#isWanted) return;
    const { version, sourceSha256, published } = latest;
    if (sourceSha256 === files || this.#warnedOf === sourceSha256) return;
    this.#warnedOf = sourceSha256;
    logger.warn(
      { plan: version, by: published.actor, published: sourceSha256, files },
      'the district files differ from the plan that was published, which stays in force: publish them',
    );
  }

  /** Files that a person had read again. As they were before they want nothing: keys may be all that has changed. */
  use(source: DistrictSource): void {
    this.#isWanted ||= source.sha256 !== this.#source?.sha256;
    this.#source = source;
    this.#refused = null;
  }

  /** Files that were read again and are wrong: those before stay. */
  refuse(error: DistrictError): void {
    this.#refused = error;
  }

  /** Roads that were read; wrong ones leave those before in their place. */
  useRoads(roads: ReadRoads): void {
    this.#refusedRoads = roads instanceof DistrictError ? roads : null;
    if (!(roads instanceof DistrictError)) this.#roads = roads;
  }

  /** Says which files this engine runs on, and hears on which the others do. */
  async say(): Promise<void> {
    const { engines, plan, metrics, read } = this.#o;
    if (engines === null) return;
    this.#others = await engines.say(this.#source?.sha256 ?? null);
    const nowMs = this.#elapsedMs();
    if (this.#saidAtMs !== null && nowMs - this.#saidAtMs > ENGINE_GONE_AFTER_MS) {
      this.#knowsFromMs = nowMs + ENGINE_GONE_AFTER_MS;
    }
    this.#saidAtMs = nowMs;
    const isInForce = this.#source !== null && plan()?.sourceSha256 === this.#source.sha256;
    if (isInForce) this.#isWanted = false;
    metrics.gauge('beatwatch_district_files_in_force', isInForce ? 1 : 0, { district: read.id });
  }

  /** Before the engine ends: others need not wait until it counts as gone. */
  async leave(): Promise<void> {
    await this.#o.engines?.say(null);
  }

  /**
   * Runs `log` if it is this engine's turn, and no other engine runs on the files of the plan that `latest` answers by then: it must
   * know all that the log says. Else `isDue` tells when to try again.
   */
  async inTurn(
    latest: () => Promise<Pick<CompiledPlan, 'sourceSha256'> | null>,
    log: () => Promise<void>,
  ): Promise<void> {
    const { engines } = this.#o;
    if (engines === null) return;
    this.#isWaiting = !(await engines.takeTurn());
    if (this.#isWaiting) return;
    try {
      const plan = await latest();
      await this.say();
      this.#isWaiting = this.#guardians(plan).length > 0 || this.#elapsedMs() < this.#knowsFromMs;
      if (!this.#isWaiting) await log();
    } finally {
      await engines.endTurn();
    }
  }

  describe(): CheckResult {
    const plan = this.#o.plan();
    const refused = detailOf(
      this.#refused === null ? '' : `district files refused: ${faultsLine(this.#refused)}`,
      this.#refusedRoads === null ? '' : `roads refused: ${faultsLine(this.#refusedRoads)}`,
    );
    const stays = plan === null ? '' : `plan ${plan.version} (${short(plan.sourceSha256)}) stays`;
    if (this.#o.engines === null) return { ok: true, detail: detailOf('no engine in this process', refused) };
    if (this.#source === null) return { ok: false, detail: detailOf(refused, stays) };
    if (plan === null) return { ok: true, detail: detailOf('no plan yet', refused) };
    const { sha256 } = this.#source;
    const others = this.#others.filter((other) => other.sha256 !== sha256);
    const differ = this.#differences(sha256, others, plan.sourceSha256);
    if (plan.sourceSha256 === sha256) {
      return {
        ok: true,
        detail: detailOf(differ || `plan ${plan.version} is of these files (${short(sha256)})`, refused),
      };
    }
    if (plan.published !== undefined && !this.#isWanted) {
      const what = `plan ${plan.version} (${short(plan.sourceSha256)}) was published by ${plan.published.actor}; these files (${short(sha256)}) differ from it and change nothing: publish them`;
      return { ok: true, detail: detailOf(what, refused) };
    }
    if (this.#guardians().length > 0) {
      const what = `${stays} while an engine runs on its files: give all engines the same files, then send SIGHUP to each`;
      return { ok: false, detail: detailOf(differ, what, refused) };
    }
    return { ok: false, detail: detailOf(`these files (${short(sha256)}) will become the next plan`, refused) };
  }

  #differences(own: string, others: readonly OtherEngine[], inForce: string): string {
    if (others.length === 0) return '';
    const named = others.map(({ engine, sha256 }) => `engine ${engine} ${short(sha256)}`).join(', ');
    return `district files differ: this process ${short(own)}, ${named}; in force ${short(inForce)}`;
  }

  /** Other engines on the files of the plan, where this one has others. */
  #guardians(plan: Pick<CompiledPlan, 'sourceSha256'> | null = this.#o.plan()): readonly OtherEngine[] {
    if (plan === null || plan.sourceSha256 === this.#source?.sha256) return [];
    return this.#others.filter(({ sha256 }) => sha256 === plan.sourceSha256);
  }
}

function detailOf(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('; ');
}

function short(sha256: string): string {
  return `${sha256.slice(0, SHOWN_DIGITS)}…`;
}
