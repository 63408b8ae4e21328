import { readFile } from 'node:fs/promises';
import { loadArchiveKeys } from '../access/keys.js';
import { checkHead } from '../archive/heads.js';
import { archiveKeys } from '../archive/keys.js';
import { type ArchiveFault, type Verified, verifyArchive } from '../archive/verify.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { openOutput } from './output.js';
import { readOptions, usageError } from './options.js';

const USAGE = `beatwatch verify FOLDER --keys FILE [--head FILE] [--json]

Checks the archive of one district against public keys, without a server and without a network: every line of the manifest,
every file, every entry. Exits with 0 if nothing has changed since it was signed. Otherwise it prints one line for each fault
and exits with 1. With --head it also checks that the archive still contains everything that the head names.`;

const OPTIONS = {
  keys: { type: 'string', value: 'FILE', help: 'public.jwks or archive.jwks, or a folder with such files' },
  head: { type: 'string', value: 'FILE', help: 'a head of the archive that was kept elsewhere' },
  json: { type: 'boolean', help: 'one JSON object a line on stdout, a summary last' },
} as const;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const [folder] = options.words;
  const keysPath = options.text('keys');
  if (folder === undefined || keysPath === null) throw usageError('got no FOLDER or no --keys, expected both');
  const keys = archiveKeys(await loadArchiveKeys(keysPath));
  const headPath = options.text('head');
  const head = headPath === null ? undefined : checkHead(await readText(headPath), keys);
  const json = options.flag('json');
  const output = openOutput({ json });
  const onProgress = (done: number, total: number): void =>
    output.state(`${done} of ${total} lines and parts are checked`, done / total);
  const { faults, ...found } = await verifyArchive({ folder, keys, head, onProgress });
  output.end();
  for (const fault of faults) output.line(json ? JSON.stringify({ type: 'fault', ...fault }) : faultText(fault));
  const ok = faults.length === 0;
  output.line(
    json ? JSON.stringify({ type: 'verified', ok, faults: faults.length, ...found }) : summaryOf(faults.length, found),
  );
  return ok ? 0 : 1;
}

function summaryOf(faults: number, { entries, files, lines, upTo }: Omit<Verified, 'faults'>): string {
  const seen = `${count(lines, 'line')} of the manifest, ${count(files, 'file')}, ${count(entries, 'entry', 'entries')} up to ${upTo}`;
  return faults === 0
    ? `Whole: ${seen}.`
    : `${count(faults, 'fault')}. Read without one: ${count(entries, 'entry', 'entries')}.`;
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

function faultText({ file, what, detail }: ArchiveFault): string {
  return `${file}: ${what}: ${detail}`;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new BeatwatchError('archive-head-invalid', `${path}: got ${messageOf(error)}, expected a head of an archive`);
  }
}
