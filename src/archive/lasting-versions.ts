import type { ArchiveFolder } from './archive-folder.js';
import type { VersionTable } from './manifest-line.js';
import { queryRows, VERSION_COLUMNS, versionFiles } from './version-reader.js';

/** A visit or an alert whose last archived version has no end, and was not retracted. */
export interface Lasting {
  readonly id: string;
  /** Where that version begins, event time, ms. */
  readonly fromMs: number;
}

/**
 * What lasts on by the last versions that an archive has of it: any part since it began may have versions of it, and its last version says where
 * that is. Each part is read once for it, when it is new.
 */
export class LastingVersions {
  readonly #archive: ArchiveFolder;
  readonly #table: VersionTable;
  readonly #lasting = new Map<number, Lasting>();
  #upTo = 0;
  #inOrder: Promise<void> = Promise.resolve();

  constructor(archive: ArchiveFolder, table: VersionTable) {
    this.#archive = archive;
    this.#table = table;
  }

  /** What lasts on, by the numbers of its versions, up to the last version of the archive. Rejects with `archive-part-unreadable`. */
  async all(signal?: AbortSignal): Promise<ReadonlyMap<number, Lasting>> {
    const turn = this.#inOrder.catch(() => undefined).then(() => this.#follow(signal));
    this.#inOrder = turn;
    await turn;
    return this.#lasting;
  }

  async #follow(signal: AbortSignal | undefined): Promise<void> {
    const { upTo } = this.#archive.versionEnd(this.#table);
    if (upTo <= this.#upTo) return;
    const lines = this.#archive.current.map(({ line }) => line);
    const more = lines.filter(({ versions }) => (versions?.[this.#table].upTo ?? 0) > this.#upTo);
    const files = versionFiles(this.#archive.folder, more, this.#table);
    if (files !== null) await this.#take(files, signal);
    this.#upTo = upTo;
  }

  async #take(files: string, signal: AbortSignal | undefined): Promise<void> {
    const duck = await this.#archive.reader();
    const isNew = `transition > ${this.#upTo}`;
    const { id, from, to, state } = VERSION_COLUMNS[this.#table];
    const replaced = `SELECT previous FROM ${files} WHERE previous IS NOT NULL AND ${isNew}`;
    const begun: [number, Lasting][] = [];
    const sql = `SELECT transition, ${id}, epoch_ms(${from}) FROM ${files} WHERE ${isNew} AND ${to} IS NULL AND ${from} IS NOT NULL AND ${state} <> 'retracted' AND transition NOT IN (${replaced})`;
    for await (const rows of queryRows(duck, sql, signal))
      for (const [transition, name, fromMs] of rows)
        begun.push([Number(transition), { id: String(name), fromMs: Number(fromMs) }]);
    const ended: number[] = [];
    for await (const rows of queryRows(duck, `${replaced} AND previous <= ${this.#upTo}`, signal))
      ended.push(...rows.map(([previous]) => Number(previous)));
    for (const transition of ended) this.#lasting.delete(transition);
    for (const [transition, one] of begun) this.#lasting.set(transition, one);
  }
}
