import { isId } from '../../model/roles.js';

/**
 * Names of vehicles as a recording writes them, to tracker ids: by the given table, else by making the name a valid id
 * (`Bus 12` → `bus-12`). Two names that come to the same id would mix two vehicles: the second one is unusable.
 */
export class VehicleNames {
  readonly #table: ReadonlyMap<string, string>;
  readonly #only: string;
  readonly #nameById = new Map<string, string>();

  /** `only`: the tracker of a recording without a vehicle column. */
  constructor(table: Readonly<Record<string, string>>, only: string) {
    this.#table = new Map(Object.entries(table));
    this.#only = only;
  }

  /** Null: the name cannot be used; `complaint` says why. */
  trackerOf(vehicle: string | null): string | null {
    if (vehicle === null) return this.#only;
    const id = this.#table.get(vehicle) ?? safeId(vehicle);
    if (!isId(id)) return null;
    const owner = this.#nameById.get(id);
    if (owner === undefined) this.#nameById.set(id, vehicle);
    return owner === undefined || owner === vehicle || this.#table.has(vehicle) ? id : null;
  }

  complaint(vehicle: string | null): string {
    const id = safeId(vehicle ?? '');
    const owner = this.#nameById.get(id);
    if (owner === undefined)
      return `vehicle: got ${JSON.stringify(vehicle)}, expected letters or digits, or a tracker for it`;
    return `vehicle: got ${JSON.stringify(vehicle)}, whose id ${id} belongs to ${JSON.stringify(owner)} already; give it a tracker`;
  }
}

/** The name in the alphabet of ids; may be empty. */
export function safeId(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replace(/^-+|-+$/g, '');
}
