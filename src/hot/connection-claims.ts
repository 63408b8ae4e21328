import type { RedisConnection } from '../redis/connection.js';
import { messageOf } from '../model/errors.js';
import { runScript } from '../redis/script.js';
import { type DistrictChannels, districtChannels } from './channels.js';
import { parseHot } from './cursor-json.js';
import { type HotKeys, hotKeys } from './keys.js';
import { claimScript } from './scripts.js';
import { listen } from './shard-channel.js';

/** A tracker's newest connection. Connections of the tracker with a lower claim are to be closed. */
export interface Takeover {
  readonly tracker: string;
  readonly connectionId: string;
  /** 1, 2, 3 … of this tracker. */
  readonly claim: number;
}

/** The newest authenticated connection of a tracker wins, over processes too. */
export class ConnectionClaims {
  readonly #query: RedisConnection;
  readonly #keys: HotKeys;
  readonly #channels: () => Promise<DistrictChannels>;

  constructor(o: { readonly district: string; readonly query: RedisConnection }) {
    this.#query = o.query;
    this.#keys = hotKeys(o.district);
    this.#channels = districtChannels(o.query, o.district, (script, keys, args) =>
      runScript(o.query, script, keys, args),
    );
  }

  /**
   * Makes this connection the tracker's newest and tells every process. `previous`: the connection id that it takes over
   * from, or null. Ids are unique over processes and time; the same id claimed twice changes nothing.
   */
  async claimConnection(
    tracker: string,
    connectionId: string,
  ): Promise<{ readonly claim: number; readonly previous: string | null }> {
    const args = [tracker, connectionId, (await this.#channels()).takeover];
    const reply = await runScript(this.#query, claimScript, [this.#keys.connection], args);
    const [claim, previous] = reply as readonly [number, Buffer];
    return { claim, previous: String(previous) || null };
  }

  /** Every claim as it stands. */
  async readClaims(): Promise<readonly Takeover[]> {
    const fields = Object.entries(await this.#query.hgetall(this.#keys.connection));
    return fields.map(([tracker, text]) => ({ tracker, ...parseHot<Omit<Takeover, 'tracker'>>('connection', text) }));
  }

  /**
   * Calls back for each claim of any process, ours too, at least once: after a lost subscription every claim is told again.
   * The connection has purpose `subscribe`. Returns the end of the subscription.
   */
  subscribeTakeovers(
    connection: RedisConnection,
    onTakeover: (takeover: Takeover) => void,
    onError: (message: string) => void,
  ): () => void {
    const tellAll = async () => {
      for (const claim of await this.readClaims()) onTakeover(claim);
    };
    return listen(connection, async () => (await this.#channels()).takeover, {
      onMessage: (text) => onTakeover(parseHot<Takeover>('takeover', text)),
      onSubscribed: () => void tellAll().catch((error: unknown) => onError(messageOf(error))),
      onError,
    });
  }
}
