import type { AlertVersion } from '../model/alert.js';
import { canonicalJson } from '../model/canonical-json.js';
import { compareLogIds, type LogId, parseLogId } from '../model/log-id.js';
import type { VisitVersion } from '../model/visit.js';

/** Versions of alerts and visits that entries of one day brought about, in the order of their numbers. */
export interface ToldVersions {
  readonly alerts: readonly AlertVersion[];
  readonly visits: readonly VisitVersion[];
}

/** The fold whose versions were told from the entry `since` on. */
export interface ToldBy {
  readonly since: LogId;
  readonly foldVersion: number;
}

/** A version that was told then and one that the same log gives now, and that are not the same. */
export interface ReplayDifference {
  readonly about: 'alert' | 'visit';
  readonly id: string;
  readonly version: number;
  /** `missing`: the log does not give it. `added`: it was not told. `changed`: fields differ. */
  readonly is: 'missing' | 'added' | 'changed';
  /** `changed`: which fields, sorted. */
  readonly fields: readonly string[];
  /** `fold-version`: another fold told it then. `record`: the same fold gives something else, so what is on record was changed. */
  readonly why: 'fold-version' | 'record';
  /** The fold that told it. */
  readonly toldBy: number;
}

/**
 * What differs between the versions that are on record and those that folding the same log gives. Numbers that run over the whole district are not
 * compared: one version that is missing would shift all that follow.
 */
export function replayDifferences(
  told: ToldVersions,
  folded: ToldVersions,
  { toldBy, foldVersion }: { readonly toldBy: readonly ToldBy[]; readonly foldVersion: number },
): readonly ReplayDifference[] {
  const why = (version: AlertVersion | VisitVersion): Pick<ReplayDifference, 'why' | 'toldBy'> => {
    const id = parseLogId(version.logId);
    const by = toldBy.findLast(({ since }) => compareLogIds(since, id) <= 0)?.foldVersion ?? foldVersion;
    return { why: by === foldVersion ? 'record' : 'fold-version', toldBy: by };
  };
  return [
    ...differences('alert', told.alerts, folded.alerts, ({ alertId }) => alertId, why),
    ...differences('visit', told.visits, folded.visits, ({ visitId }) => visitId, why),
  ];
}

function differences<Version extends AlertVersion | VisitVersion>(
  about: ReplayDifference['about'],
  told: readonly Version[],
  folded: readonly Version[],
  idOf: (version: Version) => string,
  why: (version: Version) => Pick<ReplayDifference, 'why' | 'toldBy'>,
): ReplayDifference[] {
  // A refused action is a version of its own that leaves the number of the alert's version as it is.
  const keyOf = (version: Version): string =>
    `${idOf(version)} ${version.version} ${'change' in version && version.change === 'refused' ? version.logId : ''}`;
  const left = new Map(folded.map((version) => [keyOf(version), version]));
  const out: ReplayDifference[] = [];
  const add = (version: Version, is: ReplayDifference['is'], fields: readonly string[]): void => {
    out.push({ about, id: idOf(version), version: version.version, is, fields, ...why(version) });
  };
  for (const version of told) {
    const now = left.get(keyOf(version));
    left.delete(keyOf(version));
    const fields = now === undefined ? [] : differingFields(version, now);
    if (now === undefined) add(version, 'missing', []);
    else if (fields.length > 0) add(version, 'changed', fields);
  }
  for (const version of left.values()) add(version, 'added', []);
  return out;
}

/** Numbers over the whole district. */
const NUMBERS: ReadonlySet<string> = new Set(['transition', 'previous']);

function differingFields(told: object, folded: object): string[] {
  const [before, after] = [new Map(Object.entries(told)), new Map(Object.entries(folded))];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.filter((name) => {
    if (NUMBERS.has(name)) return false;
    const [a, b]: readonly unknown[] = [before.get(name), after.get(name)];
    return (a === undefined) !== (b === undefined) || (a !== undefined && canonicalJson(a) !== canonicalJson(b));
  });
}
