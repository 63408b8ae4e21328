import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BeatwatchError } from '../../../src/model/errors.js';
import type { ChildWork, ToChild, ToParent } from './archiver-child.js';
import type { ModelLog } from '../../archive/model-log.js';

/** Entries in one read. */
const READ_COUNT = 20;
const PROGRAM = fileURLToPath(new URL('./archiver-child.js', import.meta.url));

/** A process that archives a model log. */
export class ArchiverProcess {
  /** Resolves when it archives. */
  readonly begun: Promise<unknown>;
  /** Resolves with why it failed, or null, when it has ended. */
  readonly ended: Promise<string | null>;
  readonly #child: ChildProcess;
  #failure: string | null = null;

  /** `fileBlocks`: files that it writes may have so many blocks of 512 bytes; null: any size. */
  constructor(log: ModelLog, work: ChildWork, fileBlocks: number | null) {
    const limit = fileBlocks === null ? '' : `ulimit -f ${fileBlocks}; `;
    const args = ['-c', `${limit}exec "$0" "$@"`, process.execPath, PROGRAM, JSON.stringify(work)];
    this.#child = spawn('sh', args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced' });
    const exit = once(this.#child, 'exit');
    this.ended = exit.then(() => this.#failure);
    let begin: (value: unknown) => void = () => undefined;
    this.begun = Promise.race([exit, new Promise((resolve) => (begin = resolve))]);
    this.#child.on('message', (message) => {
      const said = message as ToParent;
      if (said.is === 'begun') begin(null);
      else if (said.is === 'failed') this.#failure = `${said.code}: ${said.message}`;
      else if (said.is === 'archived') log.setArchived(said.upTo);
      else this.#answer(log, said);
    });
  }

  stop(): void {
    this.#send({ is: 'stop' });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #answer(log: ModelLog, { id, after, digest }: Extract<ToParent, { is: 'read' }>): void {
    try {
      this.#send({ is: 'entries', id, entries: log.readAfter(after, digest, READ_COUNT) });
    } catch (error) {
      if (!(error instanceof BeatwatchError)) throw error;
      this.#send({ is: 'refused', id, code: error.code, message: error.message });
    }
  }

  /** It may have died meanwhile. */
  #send(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}
