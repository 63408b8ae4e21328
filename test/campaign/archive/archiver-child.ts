import { setTimeout as sleep } from 'node:timers/promises';
import type { RawEntry } from '../../../src/log/raw-entry.js';
import { BeatwatchError } from '../../../src/model/errors.js';
import { LOG_START, type LogId } from '../../../src/model/log-id.js';
import { takeAway } from '../breaks/breaks.js';

/** What the program is started with, as JSON; it reads the log of the process that started it. */
export interface ChildWork {
  readonly folder: string;
  readonly entriesPerPart: number;
  readonly kid: string;
  readonly privateJwk: Readonly<Record<string, string>>;
  readonly broken: string | null;
}

export type ToParent =
  | { readonly is: 'begun' }
  | { readonly is: 'read'; readonly id: number; readonly after: LogId; readonly digest: string | null }
  | { readonly is: 'archived'; readonly upTo: LogId }
  | { readonly is: 'failed'; readonly code: string; readonly message: string };
export type ToChild =
  | { readonly is: 'stop' }
  | { readonly is: 'entries'; readonly id: number; readonly entries: readonly RawEntry[] }
  | { readonly is: 'refused'; readonly id: number; readonly code: string; readonly message: string };

const IDLE_MS = 5;

/** Archives as a server's thread does, until it is told to stop, is killed, or fails. */
async function main(): Promise<void> {
  const { folder, entriesPerPart, kid, privateJwk, broken } = JSON.parse(process.argv[2] ?? '') as ChildWork;
  takeAway(broken);
  const { Archiver } = await import('../../../src/archive/archiver.js');
  const { archiveSigner } = await import('../../../src/archive/keys.js');
  const { digestOf } = await import('../../../src/log/raw-entry.js');
  const stop = new AbortController();
  const waiting = new Map<number, (answer: ToChild) => void>();
  let reads = 0;
  process.on('message', (message: ToChild) => {
    if (message.is === 'stop') stop.abort();
    else waiting.get(message.id)?.(message);
  });
  process.on('disconnect', () => process.exit());
  const readParent = async (after: LogId, digest: string | null): Promise<readonly RawEntry[]> => {
    reads += 1;
    const id = reads;
    const answer = await new Promise<ToChild>((resolve) => {
      waiting.set(id, resolve);
      tell({ is: 'read', id, after, digest });
    });
    waiting.delete(id);
    if (answer.is === 'refused') throw new BeatwatchError(answer.code, answer.message);
    return answer.is === 'entries' ? answer.entries : [];
  };
  const archiver = new Archiver({
    folder,
    district: 'example',
    signer: archiveSigner(kid, privateJwk),
    foldVersion: 2,
    openReader: (from, fromDigest) => {
      let [after, digest] = [from ?? LOG_START, fromDigest];
      return {
        read: async () => {
          const entries = await readParent(after, digest);
          const last = entries.at(-1);
          if (last === undefined) await sleep(IDLE_MS);
          else [after, digest] = [last.id, digestOf(last)];
          return entries;
        },
      };
    },
    setArchived: async (upTo) => tell({ is: 'archived', upTo }),
    nowMs: () => Date.now(),
    flush: { entries: entriesPerPart },
    logger: { debug() {}, info() {}, warn() {}, error() {}, child: (): never => null as never },
  });
  tell({ is: 'begun' });
  try {
    await archiver.run(stop.signal);
  } catch (error) {
    const code = error instanceof BeatwatchError ? error.code : 'unknown';
    tell({ is: 'failed', code, message: String(error) });
  }
  process.disconnect();
}

function tell(message: ToParent): void {
  process.send?.(message);
}

void main();
