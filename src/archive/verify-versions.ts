import type { Duck } from './duck.js';
import type { PublishedLine } from './manifest.js';
import { type ManifestLine, VERSION_TABLES, type VersionTable } from './manifest-line.js';
import { VERSION_CHAIN_START, versionChainAfter } from './version-chain.js';
import { readVersions } from './version-reader.js';

/** What is wrong with the versions that a flush says it holds, in words; null: they go on from those before. */
export function faultOfVersions(line: ManifestLine, before: readonly PublishedLine[]): string | null {
  if (line.versions === undefined) return null;
  const last = before.findLast((one) => one.line.kind === 'flush' && one.line.versions !== undefined)?.line.versions;
  for (const table of VERSION_TABLES) {
    const [after, chain] = [last?.[table].upTo ?? 0, last?.[table].chain.to ?? VERSION_CHAIN_START.toString('hex')];
    const span = line.versions[table];
    if (span.after !== after || span.chain.from !== chain)
      return `got ${table} after ${span.after}, expected those after ${after} with the same chain`;
  }
  return null;
}

/** Whether a part that stands for others says that it holds just their versions. */
export function holdsVersionsOf(line: ManifestLine, replaced: readonly ManifestLine[]): boolean {
  const spans = replaced.flatMap(({ versions }) => versions ?? []);
  const [first, last] = [spans[0], spans.at(-1)];
  const own = line.versions;
  if (first === undefined || last === undefined || own === undefined) return first === undefined && own === undefined;
  return VERSION_TABLES.every((table) => {
    const { after, upTo, versions, chain } = own[table];
    const count = spans.reduce((sum, span) => sum + span[table].versions, 0);
    const isSameChain = chain.from === first[table].chain.from && chain.to === last[table].chain.to;
    return isSameChain && after === first[table].after && upTo === last[table].upTo && versions === count;
  });
}

/** Reads the versions of a part along their chain; what is wrong with them in words, null: they are what the line says. */
export async function readFaultOfVersions(
  duck: Duck,
  folder: string,
  line: ManifestLine,
  table: VersionTable,
): Promise<string | null> {
  const span = line.versions?.[table];
  if (span === undefined) return null;
  let chain: Buffer = Buffer.from(span.chain.from, 'hex');
  let [count, upTo] = [0, span.after];
  const all = { after: Number.MIN_SAFE_INTEGER, upTo: Number.MAX_SAFE_INTEGER };
  for await (const versions of readVersions(duck, folder, [line], table, all)) {
    for (const version of versions) chain = versionChainAfter(chain, version);
    count += versions.length;
    upTo = versions.at(-1)?.transition ?? upTo;
  }
  const to = chain.toString('hex');
  if (to === span.chain.to && count === span.versions && upTo === span.upTo) return null;
  return `got ${count} versions up to ${upTo} with the chain ${to}, expected ${span.versions} up to ${span.upTo} with ${span.chain.to}`;
}
