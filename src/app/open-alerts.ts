import { SEVERITIES } from '../model/plan.js';
import type { HotStore } from '../hot/hot-store.js';
import type { Metrics } from '../model/ports.js';

/** Counts a district's open alerts by severity into `beatwatch_open_alerts`. */
export async function countOpenAlerts(district: string, hot: HotStore, metrics: Metrics): Promise<void> {
  const open = await hot.readOpenAlerts();
  for (const wanted of SEVERITIES) {
    const count = open.filter(({ severity }) => severity === wanted).length;
    metrics.gauge('beatwatch_open_alerts', count, { district, severity: wanted });
  }
}
