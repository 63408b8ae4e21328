import type { AlertVersion } from '../model/alert.js';
import type { DistrictReads } from './deps.js';

/**
 * All versions of an alert, oldest first, refused actions included. A refusal is a transition of the stream that leaves the
 * alert's state as it was, so the state in hot state bears the refusal's number and hides it until the next version comes;
 * here it is read from the stream.
 */
export async function readHistory(hot: DistrictReads, alertId: string): Promise<AlertVersion[]> {
  const versions = [...(await hot.readAlertVersions(alertId))];
  const state = versions.at(-1);
  if (state === undefined || state.change === 'refused') return versions;
  const hidden: AlertVersion[] = [];
  let version = await readTransition(hot, state.transition);
  while (version?.change === 'refused') {
    hidden.unshift(version);
    version = version.previous === null ? null : await readTransition(hot, version.previous);
  }
  if (hidden.length === 0) return versions;
  return [...versions.slice(0, -1), ...(version === null ? [] : [version]), ...hidden];
}

async function readTransition(hot: DistrictReads, transition: number): Promise<AlertVersion | null> {
  const page = await hot.readAlerts({ after: transition - 1, count: 1 });
  const version = page.kind === 'page' ? page.versions[0] : undefined;
  return version?.transition === transition ? version : null;
}
