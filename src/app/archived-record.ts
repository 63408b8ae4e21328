import type { ArchiveFolder } from '../archive/archive-folder.js';
import { archivedPlans } from '../archive/archived-plans.js';
import { openExistingArchive } from '../archive/existing-archive.js';
import { joinedFixes } from '../archive/joined-fixes.js';
import { joinedVersions } from '../archive/joined-versions.js';
import type { PublishedLine } from '../archive/manifest.js';
import { isAnnounced, isNextPlan } from '../engine/plan/plans.js';
import type { Custody } from '../formats/custody.js';
import type { VersionHistory } from '../log/version-history.js';
import { formatLogId } from '../model/log-id.js';
import type { CompiledPlan, PlanPlace } from '../model/plan.js';
import { standingPlans } from '../model/standing-plans.js';
import type { RecordSource } from '../traces/query.js';

/** What an archive says by itself, without a server. */
export interface ArchivedRecord {
  readonly district: string;
  /** All plans of its log, oldest first. */
  readonly plans: readonly CompiledPlan[];
  /** Places by id, each as the newest plan that has it draws it. */
  readonly places: ReadonlyMap<string, PlanPlace>;
  readonly head: NonNullable<Custody['archiveHead']>;
  /** Log time of its last entry. */
  readonly endsMs: number;
  readonly source: RecordSource;
  readonly versions: VersionHistory;
  close(): Promise<void>;
}

const NO_STREAM = { kind: 'page', versions: [], last: 0 } as const;

/** Opens an archive to be read alone. Code `archive-missing`: there is none in the folder, or it has no line. */
export async function openArchivedRecord(folder: string): Promise<ArchivedRecord> {
  const archive = await openExistingArchive(folder);
  try {
    return recordOf(archive, takenUp(await archivedPlans(archive)));
  } catch (error) {
    await archive.close();
    throw error;
  }
}

function recordOf(archive: ArchiveFolder, plans: readonly CompiledPlan[]): ArchivedRecord {
  const { district, lines, upTo } = archive;
  const last = lines.at(-1) as PublishedLine;
  const fixes = joinedFixes({ district, archive, log: null });
  const endsMs = lines.reduce((latest, { line }) => Math.max(latest, line.logTime.toMs), 0);
  return {
    district,
    plans,
    places: new Map(plans.flatMap(({ places }) => places.map((place) => [place.id, place] as const))),
    head: { line: last.line.line, sha256: last.sha256, upTo: formatLogId(upTo) },
    endsMs,
    source: {
      // What is archived from now on is not in what the head names.
      fixes: { ...fixes, open: (query) => fixes.open({ ...query, upTo: query.upTo ?? upTo }) },
      plansSince: async (fromMs) => plansSince(plans, fromMs),
      nowMs: () => endsMs,
      // Nobody else waits for this process.
      maxRows: Number.MAX_SAFE_INTEGER,
    },
    versions: joinedVersions(archive, { readVisits: async () => NO_STREAM, readAlerts: async () => NO_STREAM }),
    close: () => archive.close(),
  };
}

/** O1: a plan that is not the next one is nothing, and so is one that was announced too late. */
function takenUp(logged: Awaited<ReturnType<typeof archivedPlans>>): readonly CompiledPlan[] {
  const plans: CompiledPlan[] = [];
  for (const { plan, loggedAtMs } of logged) {
    const last = plans.at(-1);
    const isNext = last === undefined ? isAnnounced(plan, loggedAtMs) : isNextPlan(last, plan, loggedAtMs);
    if (isNext) plans.push(plan);
  }
  return standingPlans(plans);
}

function plansSince(
  plans: readonly CompiledPlan[],
  fromMs: number,
): { readonly plans: readonly CompiledPlan[]; readonly fromMs: number } {
  const [first] = plans;
  const inForce = plans.findLastIndex(({ inForceFromMs }) => inForceFromMs <= fromMs);
  // Before the first plan there was none: what was logged then is judged by the first.
  const knownFromMs = first === undefined || first.version === 1 ? Number.NEGATIVE_INFINITY : first.inForceFromMs;
  return { plans: plans.slice(Math.max(0, inForce)), fromMs: knownFromMs };
}
