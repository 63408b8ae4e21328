import { randomUUID } from 'node:crypto';
import { loadArchiveKey } from '../access/keys.js';
import type { ArchiveFolder } from '../archive/archive-folder.js';
import { openExistingArchive } from '../archive/existing-archive.js';
import { archiveSigner, type ArchiveSigner } from '../archive/keys.js';
import { type ArchiveNote, holdsIn } from '../archive/retention.js';
import type { Hold } from '../archive/manifest-line.js';
import { FOLD_VERSION } from '../engine/state.js';
import { BeatwatchError } from '../model/errors.js';
import { parseInstant } from '../api/instants.js';
import { readOptions, usageError } from './options.js';

const USAGE = `beatwatch archive hold FOLDER --keys KEYS --from INSTANT --to INSTANT --actor NAME --reason TEXT
beatwatch archive release FOLDER --keys KEYS --hold ID --actor NAME --reason TEXT
beatwatch archive holds FOLDER

Keeps everything about a span of time in the archive of one district, however old it gets, until it is released; or releases it,
or lists what is held. Both are signed lines of the archive's manifest, so they say for good who ordered what, and why. A server
that writes the archive may run meanwhile.`;

const OPTIONS = {
  keys: { type: 'string', value: 'KEYS', help: 'folder with archive.jwk, the key of the archive' },
  from: { type: 'string', value: 'INSTANT', help: 'start of the span, such as 2026-11-24T08:00:00+08:00' },
  to: { type: 'string', value: 'INSTANT', help: 'its end, which is not in it' },
  hold: { type: 'string', value: 'ID', help: 'as `hold` printed it' },
  actor: { type: 'string', value: 'NAME', help: 'who orders it' },
  reason: { type: 'string', value: 'TEXT', help: 'why' },
} as const;

/** Lines of another process may come first so often. */
const MOST_TRIES = 20;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const [act, folder] = options.words;
  if (folder === undefined) throw usageError('got no FOLDER, expected the archive of a district');
  const archive = await openExistingArchive(folder);
  const text = (name: 'keys' | 'from' | 'to' | 'hold' | 'actor' | 'reason'): string => {
    const value = options.text(name)?.trim() ?? '';
    if (value === '') throw usageError(`got no --${name}, expected one`);
    return value;
  };
  if (act === 'holds') {
    for (const hold of holdsIn(archive.lines)) process.stdout.write(`${holdText(hold)}\n`);
    return 0;
  }
  if (act !== 'hold' && act !== 'release') throw usageError(`got ${act}, expected hold, release or holds`);
  const said = { actor: text('actor'), reason: text('reason') };
  const note: ArchiveNote =
    act === 'hold'
      ? { kind: 'hold', hold: { holdId: randomUUID(), ...spanOf(text('from'), text('to')), ...said } }
      : { kind: 'release', release: { holdId: text('hold'), ...said } };
  const { kid, privateJwk } = await loadArchiveKey(text('keys'));
  const kids = new Set(archive.lines.map(({ line }) => line.kid));
  if (!kids.has(kid)) {
    const message = `${text('keys')}: got the key ${kid}, expected one that has signed this archive: ${[...kids].join(', ')}`;
    throw new BeatwatchError('key-invalid', message);
  }
  await publish(archive, note, archiveSigner(kid, privateJwk));
  const line = archive.lines.at(-1)?.line;
  process.stdout.write(
    `${note.kind === 'hold' ? holdText(note.hold) : `${note.release.holdId} is released`} (line ${line?.line})\n`,
  );
  return 0;
}

/** A release names a hold that stands, also if another process has published a line meanwhile. */
async function publish(archive: ArchiveFolder, note: ArchiveNote, signer: ArchiveSigner): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const held = holdsIn(archive.lines).map(({ holdId }) => holdId);
    if (note.kind === 'release' && !held.includes(note.release.holdId)) {
      const message = `got the hold ${note.release.holdId}, expected ${held.join(' or ') || 'none: nothing is held'}`;
      throw new BeatwatchError('hold-unknown', message);
    }
    if (await archive.note(note, { foldVersion: FOLD_VERSION, madeAtMs: Date.now() }, signer)) return;
    await archive.refresh();
  }
  throw new BeatwatchError('archive-busy', `${archive.folder}: other lines came first ${MOST_TRIES} times: try again`);
}

function spanOf(from: string, to: string): { readonly fromMs: number; readonly toMs: number } {
  const [fromMs, toMs] = [parseInstant(from), parseInstant(to)];
  if (fromMs === null || toMs === null || fromMs >= toMs)
    throw usageError(`got --from ${from} --to ${to}, expected two instants in this order`);
  return { fromMs, toMs };
}

function holdText({ holdId, fromMs, toMs, actor, reason }: Hold): string {
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString());
  return `${holdId} holds ${from} to ${to}: ${actor}: ${reason}`;
}
