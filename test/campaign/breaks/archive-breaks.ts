import type { SourceBreak } from './patch.js';

/** Protections of the archive, whose lack a seed of the archive shows. */
export const ARCHIVE_BREAKS = {
  'published-once': {
    what: 'A1: a line is published over one that another archiver has published',
    patches: [
      {
        module: 'archive/manifest.js',
        find: 'await link(temporary, join(manifest, lineName(line.line)));',
        replace: 'await writeFile(join(manifest, lineName(line.line)), bytes);',
      },
    ],
  },
  'manifest-is-the-cursor': {
    what: 'A1: an archiver goes on behind what it had read, whatever the manifest says',
    patches: [
      {
        module: 'archive/archive-folder.js',
        find: "this.#lines.findLast(({ line }) => line.kind === 'flush')?.line",
        replace: 'this.#lines.at(-1)?.line',
      },
    ],
  },
  'tail-behind-archive': {
    what: 'A2: the log is read from its floor on, whatever was read of the archive',
    patches: [
      {
        module: 'archive/joined-history.js',
        find: 'tail.read({ ...what, after,',
        replace: 'tail.read({ ...what,',
      },
    ],
  },
  'verbatim-entries': {
    what: 'A3: an entry that cannot be made of rows again is archived without its bytes',
    patches: [
      {
        module: 'archive/staged-rows.js',
        find: 'const bytes = isMade ? null : new DuckDBBlobValue(payload);',
        replace: 'const bytes = isMade ? null : new DuckDBBlobValue(new Uint8Array());',
      },
    ],
  },
  'own-log-times': {
    what: 'A3: an entry is archived without the log time that it has of its own',
    patches: [
      {
        module: 'archive/staged-rows.js',
        find: 'const ownMs = atMs === undefined ? null : BigInt(atMs);',
        replace: 'const ownMs = null;',
      },
    ],
  },
  'younger-log': {
    what: 'A4: a server starts on a log that ends before its archive',
    patches: [{ module: 'archive/younger-log.js', find: 'if (compareLogIds(last, upTo) >= 0)', replace: 'if (true)' }],
  },
} as const satisfies Readonly<Record<string, SourceBreak>>;

export function isArchiveBreak(name: string): name is keyof typeof ARCHIVE_BREAKS {
  return Object.hasOwn(ARCHIVE_BREAKS, name);
}
