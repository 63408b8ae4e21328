import { openArchivedRecord } from '../app/archived-record.js';
import { archivedAlerts, archivedPresence, archivedTraces, archivedVisits } from '../app/archived-rows.js';
import { shapeGeometry } from '../geo/shape-geojson.js';
import type { Shape } from '../model/plan.js';
import type { Area } from './export-options.js';
import type { ExportSource } from './export-source.js';
import { usageError } from './options.js';

const NOTICE = 'read from an archive without a server: no access entry was written';

/** The archive in a folder; `checked` says what is known of it. Codes as of `openArchivedRecord`. */
export async function openArchiveSource(o: {
  readonly folder: string;
  readonly by: string;
  readonly checked: string;
  /** The first and the end of the event times that are asked for. */
  readonly fromMs: number;
  readonly toMs: number;
}): Promise<ExportSource> {
  const record = await openArchivedRecord(o.folder);
  const { plans } = await record.source.plansSince(o.fromMs);
  const end = new Date(record.endsMs).toISOString();
  const ends = o.toMs > record.endsMs ? `; the archive ends at ${end}` : '';
  const findings = new Set<string>();
  const onMissing = (missing: readonly unknown[]): void =>
    void findings.add(`the archive says that something is missing: ${JSON.stringify(missing)}`);
  const shapeOf = (area: Area): Shape => {
    if ('shape' in area) return area.shape;
    const place = record.places.get(area.place);
    if (place !== undefined) return place.shape;
    throw usageError(`--place: got ${JSON.stringify(area.place)}, expected a place of a plan in the archive`);
  };
  return {
    district: record.district,
    timeZone: record.plans.at(-1)?.timeZone ?? 'UTC',
    custody: {
      exportedBy: o.by,
      accessEntry: null,
      notice: `${NOTICE}; ${o.checked}${ends}`,
      archiveHead: record.head,
      plans: plans.map(({ version, inForceFromMs, sourceSha256 }) => ({ version, inForceFromMs, sourceSha256 })),
    },
    traces: (query) => archivedTraces(record, query, onMissing),
    presence: (query, area) => archivedPresence(record, query, shapeOf(area), onMissing),
    visits: (query) => archivedVisits(record, query, onMissing),
    alerts: (query) => archivedAlerts(record, query, onMissing),
    geometryOf: (id) => {
      const place = record.places.get(id);
      return place === undefined ? null : shapeGeometry(place.shape);
    },
    findings: () => [...findings],
    close: () => record.close(),
  };
}
