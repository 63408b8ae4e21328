import type { Custody } from '../formats/custody.js';
import type { RowsOfKind } from '../formats/record-columns.js';
import type { RowsQuery } from '../app/archived-rows.js';
import type { Area } from './export-options.js';

/** What rows are exported from: an archive, or a server. */
export interface ExportSource {
  readonly district: string;
  /** IANA name of the district's zone. */
  readonly timeZone: string;
  readonly custody: Pick<Custody, 'exportedBy' | 'accessEntry' | 'notice' | 'archiveHead' | 'plans'>;
  traces(query: RowsQuery): AsyncIterable<RowsOfKind['traces']>;
  presence(query: RowsQuery, area: Area): AsyncIterable<RowsOfKind['presence']>;
  visits(query: RowsQuery): AsyncIterable<RowsOfKind['visits']>;
  alerts(query: RowsQuery): AsyncIterable<RowsOfKind['alerts']>;
  /** The GeoJSON geometry of a place; null: it has none. */
  geometryOf(place: string): object | null;
  /** What was found out while rows were read, and is said in the custody beside the file alone. */
  findings(): readonly string[];
  close(): Promise<void>;
}
