import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { Duck, quote } from '../../src/archive/duck.js';
import { checkHead, makeHead } from '../../src/archive/heads.js';
import { verifyArchive } from '../../src/archive/verify.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import { LOG_START } from '../../src/model/log-id.js';
import { createRandom } from '../../src/simulator/random.js';
import { temporaryFolder } from '../support/redis-server.js';
import { archiveLog } from './archived-log.js';
import { drawEntries } from './kept-log.js';
import { gather, plain, testKeys } from './support.js';

const SEED = Number(process.env.SEED ?? 9);
/** Each kind twice. */
const MUTATIONS = Number(process.env.MUTATIONS ?? 28);
const random = createRandom(SEED, 'verify');
const { signer, keys } = testKeys();
const entries = drawEntries(random, 600);

/** An archive of all entries, in parts of a hundred or so. */
function archiveOf(folder: string, by = signer, log = entries): Promise<ArchiveFolder> {
  return archiveLog({ folder, signer: by, log, entriesPerPart: 100, nowMs: () => 1_800_000_000_000 });
}

t.setTimeout(120_000 + MUTATIONS * 5_000);

const all = { after: LOG_START, upTo: { ms: Number.MAX_SAFE_INTEGER, seq: 0 } };

t.test('an archive that nobody touched is whole, and is the log', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await archiveOf(folder);
  t.teardown(() => archive.close());
  t.strictSame(plain(await gather(archive.read(all))), plain(entries));
  const steps: string[] = [];
  const verified = await verifyArchive({ folder, keys, onProgress: (done, total) => steps.push(`${done}/${total}`) });
  t.match(verified, { faults: [], lines: 6, entries: 600 });
  t.equal(steps.at(-1), '12/12');
  t.match((await verifyArchive({ folder, keys: testKeys('another').keys })).faults, [{ what: 'unsigned' }]);
});

t.test('a folder without a manifest is no archive that is whole', async (t) => {
  for (const folder of [await temporaryFolder(t), '/nowhere']) {
    t.match(
      await verifyArchive({ folder, keys }),
      { faults: [{ file: 'manifest', what: 'missing' }], lines: 0 },
      folder,
    );
  }
});

/** What a mutation may take from: another archive of the same key, and the same archive as it was earlier. */
interface Others {
  readonly other: string;
  readonly earlier: string;
}
type Mutate = (folder: string, others: Others) => string | Promise<string>;

/** Each takes an archive and answers the file that must be named. */
const MUTATIONS_OF: Readonly<Record<string, Mutate>> = {
  'a byte of a part is changed': (folder) => {
    const name = pick(folder, 'parts');
    const bytes = readFileSync(join(folder, name));
    const place = random.integer(0, bytes.length - 1);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << random.integer(0, 7));
    writeFileSync(join(folder, name), bytes);
    return name;
  },
  'a byte of a line is changed': (folder) => {
    const name = pick(folder, 'manifest');
    const bytes = readFileSync(join(folder, name));
    const place = random.integer(0, bytes.length - 1);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << random.integer(0, 6));
    writeFileSync(join(folder, name), bytes);
    return name;
  },
  'a part is cut': (folder) => {
    const name = pick(folder, 'parts');
    const bytes = readFileSync(join(folder, name));
    writeFileSync(join(folder, name), bytes.subarray(0, random.integer(0, bytes.length - 1)));
    return name;
  },
  'a part is taken away': (folder) => {
    const name = pick(folder, 'parts');
    rmSync(join(folder, name));
    return name;
  },
  'two parts are swapped': (folder) => {
    const [a, b] = [pick(folder, 'parts'), pick(folder, 'parts')];
    if (a === b) return swapWithNext(folder, a);
    renameSync(join(folder, a), join(folder, 'kept'));
    renameSync(join(folder, b), join(folder, a));
    renameSync(join(folder, 'kept'), join(folder, b));
    return a;
  },
  'a file is added': (folder) => {
    writeFileSync(join(folder, 'parts/0000000009-extra.fixes.parquet'), 'PAR1');
    return 'parts/0000000009-extra.fixes.parquet';
  },
  'a line before the last is taken away': (folder) => {
    const name = `manifest/${String(random.integer(1, 5)).padStart(10, '0')}.json`;
    rmSync(join(folder, name));
    return name;
  },
  'two lines are swapped': (folder) => {
    const [a, b] = ['manifest/0000000002.json', 'manifest/0000000004.json'];
    renameSync(join(folder, a), join(folder, 'kept'));
    renameSync(join(folder, b), join(folder, a));
    renameSync(join(folder, 'kept'), join(folder, b));
    return a;
  },
  'a line and its part are those of another archive of the same key': (folder, { other }) => {
    const name = 'manifest/0000000003.json';
    const line = JSON.parse(readFileSync(join(other, name), 'utf8')) as { files: { name: string }[] };
    writeFileSync(join(folder, name), readFileSync(join(other, name)));
    for (const file of line.files) cpSync(join(other, 'parts', file.name), join(folder, 'parts', file.name));
    return name;
  },
  'a row is taken out of a part': async (folder) => {
    const name = pick(folder, 'parts');
    await rewrite(
      folder,
      name,
      (file, rows) => `FROM ${file} QUALIFY row_number() OVER () <> ${random.integer(1, rows)}`,
    );
    return name;
  },
  'the rows of a part are put in another order': async (folder) => {
    const name = pick(folder, 'parts');
    await rewrite(folder, name, (file) => `FROM ${file} ORDER BY log_seq DESC`);
    return name;
  },
  'a row is taken out of a part, and its line says so': async (folder) => {
    const name = pick(folder, 'parts');
    await rewrite(
      folder,
      name,
      (file, rows) => `FROM ${file} QUALIFY row_number() OVER () <> ${random.integer(1, rows)}`,
    );
    const line = `manifest/${name.slice('parts/'.length).split('-')[0]}.json`;
    const told = JSON.parse(readFileSync(join(folder, line), 'utf8')) as ToldLine;
    const bytes = readFileSync(join(folder, name));
    const files = told.files.map((file) =>
      name.endsWith(file.name)
        ? {
            ...file,
            bytes: bytes.length,
            rows: file.rows - 1,
            sha256: createHash('sha256').update(bytes).digest('hex'),
          }
        : file,
    );
    writeFileSync(join(folder, line), canonicalJson({ ...told, files }));
    return line;
  },
};

/** By themselves these look whole: a head that was kept elsewhere shows them. */
const ROLLED_BACK: Readonly<Record<string, Mutate>> = {
  'the last line and its part are cut off': (folder) => {
    const line = lastLine(folder);
    const { files } = JSON.parse(readFileSync(join(folder, line), 'utf8')) as ToldLine;
    rmSync(join(folder, line));
    for (const { name } of files) rmSync(join(folder, 'parts', name));
    return line;
  },
  'the whole archive is that of an earlier day': (folder, { earlier }) => {
    const line = lastLine(folder);
    rmSync(folder, { recursive: true });
    cpSync(earlier, folder, { recursive: true });
    return line;
  },
};

interface ToldLine {
  readonly files: readonly { readonly name: string; readonly rows: number }[];
}

function lastLine(folder: string): string {
  return `manifest/${readdirSync(join(folder, 'manifest')).sort().at(-1)}`;
}

/** Writes a part anew with the rows of a query, under its own name. */
async function rewrite(folder: string, name: string, query: (file: string, rows: number) => string): Promise<void> {
  const path = join(folder, name);
  const duck = await Duck.open({ folder, memory: '128MB', threads: 1 });
  const file = `read_parquet(${quote(path)})`;
  let rows = 0;
  for await (const chunk of duck.chunks(`SELECT count(*) FROM ${file}`)) rows = Number(chunk.getRows()[0]?.[0]);
  await duck.run(`COPY (SELECT * ${query(file, rows)}) TO ${quote(`${path}.new`)} (FORMAT parquet, COMPRESSION zstd)`);
  await duck.close();
  renameSync(`${path}.new`, path);
}

function swapWithNext(folder: string, name: string): string {
  const names = readdirSync(join(folder, 'parts')).sort();
  const other = names.find((one) => `parts/${one}` !== name) ?? '';
  renameSync(join(folder, name), join(folder, 'kept'));
  renameSync(join(folder, 'parts', other), join(folder, name));
  renameSync(join(folder, 'kept'), join(folder, 'parts', other));
  return name;
}

function pick(folder: string, kind: 'parts' | 'manifest'): string {
  const names = readdirSync(join(folder, kind)).sort();
  return `${kind}/${names[random.integer(0, names.length - 1)]}`;
}

t.test(`seed ${SEED}: each of ${MUTATIONS} mutations is found, and its file named`, async (t) => {
  const [folder, other, earlier] = [await temporaryFolder(t), await temporaryFolder(t), await temporaryFolder(t)];
  await archiveOf(folder, signer, entries.slice(0, 300));
  cpSync(folder, earlier, { recursive: true });
  const last = (await archiveOf(folder)).lines.at(-1);
  if (last === undefined) throw new Error('no line');
  const head = checkHead(JSON.stringify(makeHead(last, 1_800_000_000_000, signer)), keys);
  await archiveOf(other, signer, drawEntries(random, 600));
  const kinds = Object.entries({ ...MUTATIONS_OF, ...ROLLED_BACK });
  const found = new Map<string, number>();
  for (let i = 0; i < MUTATIONS; i += 1) {
    const [kind, mutate] = kinds[i % kinds.length] ?? [];
    if (kind === undefined || mutate === undefined) throw new Error('no mutation');
    const copy = await temporaryFolder(t);
    cpSync(folder, copy, { recursive: true });
    const file = await mutate(copy, { other, earlier });
    const needsHead = Object.hasOwn(ROLLED_BACK, kind);
    const { faults } = await verifyArchive({ folder: copy, keys, ...(needsHead ? { head } : {}) });
    const isNamed = faults.some((fault) => fault.file === file);
    if (isNamed) found.set(kind, (found.get(kind) ?? 0) + 1);
    t.ok(isNamed, `${kind}: ${file}; found ${faults.map((fault) => `${fault.file} ${fault.what}`).join(', ')}`);
    rmSync(copy, { recursive: true });
  }
  t.comment([...found].map(([kind, count]) => `${kind}: ${count}`).join('; '));
});

t.test('the last line cut off, and the whole archive put back, are found by a head that was kept', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await archiveOf(folder);
  const last = archive.lines.at(-1);
  if (last === undefined) throw new Error('no line');
  const head = checkHead(JSON.stringify(makeHead(last, 1_800_000_000_000, signer)), keys);
  const kept = checkHead(readFileSync(join(folder, 'heads/2027-01-15.json'), 'utf8'), keys);
  t.match(kept, { line: 1, sha256: archive.lines[0]?.sha256 }, "the day's first part leaves a head");
  t.match((await verifyArchive({ folder, keys, head })).faults, []);
  const grown = await archiveOf(folder, signer, [...entries, ...drawEntries(random, 50).map(later)]);
  t.equal(grown.lines.length, 7);
  t.match((await verifyArchive({ folder, keys, head })).faults, [], 'what came since does not matter');
  for (const name of ['manifest/0000000007.json', 'manifest/0000000006.json']) rmSync(join(folder, name));
  for (const { line } of grown.lines.slice(5)) for (const { name } of line.files) rmSync(join(folder, 'parts', name));
  t.match((await verifyArchive({ folder, keys })).faults, [], 'by itself it looks whole');
  t.match((await verifyArchive({ folder, keys, head })).faults, [
    { file: 'manifest/0000000006.json', what: 'rolled-back' },
  ]);
  t.throws(() => checkHead(JSON.stringify({ ...head, line: 5 }), keys), { code: 'archive-head-invalid' });
});

function later(entry: (typeof entries)[number]): (typeof entries)[number] {
  return { ...entry, id: { ms: entry.id.ms + 10_000_000, seq: entry.id.seq } };
}
