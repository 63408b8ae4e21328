import { join } from 'node:path';
import { loadPublicKeys, PUBLIC_KEYS_FILE, type PublicKeys } from '../access/keys.js';
import type { Config } from '../config.js';
import { messageOf } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import type { Channels } from '../notify/channel.js';
import { readChannels } from '../notify/channels-file.js';
import type { DistrictHost } from './district-host.js';
import { readDistrict } from './read-district.js';

/** What a running server can take over from its configuration. */
export interface Reloadable {
  keys: PublicKeys;
  allowedOrigins: readonly string[];
  /** Null: this process sends no notices. */
  channels: Channels | null;
}

export interface ReloadOptions {
  readonly live: Reloadable;
  readonly districts: ReadonlyMap<string, DistrictHost>;
  readonly config: Config;
  readonly logger: Logger;
}

export function publicKeysPath({ publicKeys, dataFolder }: Config): string {
  return publicKeys ?? join(dataFolder, 'keys', PUBLIC_KEYS_FILE);
}

/** Each part by itself: one that is wrong is said, with what is wrong, and what is in force stays. Never rejects. */
export async function reload({ live, districts, config, logger }: ReloadOptions): Promise<void> {
  const attempt = async (what: string, read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      logger.error(
        { what, error: messageOf(error) },
        'cannot be read again, so the old value stays in force: correct it, then send SIGHUP',
      );
    }
  };
  live.allowedOrigins = config.allowedOrigins;
  await attempt('public keys', async () => {
    live.keys = await loadPublicKeys(publicKeysPath(config));
  });
  const { channelsFile, secretOf } = config;
  if (live.channels !== null && channelsFile !== null) {
    await attempt(`channels ${channelsFile}`, async () => {
      live.channels = await readChannels(channelsFile, secretOf);
    });
  }
  for (const folder of config.districtFolders) {
    await attempt(`district folder ${folder}`, async () => {
      const read = await readDistrict(folder, Date.now());
      const host = districts.get(read.id);
      if (host === undefined)
        throw new Error(`got district ${read.id}, which a restart would add, expected a running one`);
      await host.useFiles(read);
      if (read.refused !== null) throw read.refused;
    });
  }
  logger.info({ keys: live.keys.size, districts: [...districts.keys()] }, 'read again');
}
