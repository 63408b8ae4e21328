import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createKeyPair } from '../../src/access/keys.js';
import { type Reloadable, reload } from '../../src/app/reload.js';
import { type Config, readConfig } from '../../src/config.js';
import { channel, channelsOf, KEY } from '../notify/channels.js';
import { keptLog, temporaryFolder } from '../support/redis-server.js';

t.test('channels are read again; a file that is wrong changes nothing, and says what is wrong', async (t) => {
  const dataFolder = await temporaryFolder(t);
  await createKeyPair(join(dataFolder, 'keys'));
  const channelsFile = join(dataFolder, 'channels.json');
  const config: Config = { ...readConfig({}), dataFolder, channelsFile, districtFolders: [] };
  const live: Reloadable = {
    keys: new Map(),
    allowedOrigins: [],
    channels: channelsOf(channel('https://desk.example/first')),
  };
  const again = async (text: string, mode = 0o600) => {
    await writeFile(channelsFile, text, { mode });
    const logger = keptLog();
    await reload({ live, districts: new Map(), config, logger });
    return {
      urls: [...(live.channels?.byId.values() ?? [])].map(({ url }) => url.href),
      said: JSON.stringify(logger.lines),
    };
  };
  const file = (url: string, kind = 'webhook') =>
    JSON.stringify({ channels: { desk: { kind, url, secret: `whsec_${KEY.toString('base64')}` } } });
  t.match(await again(file('https://desk.example/second')), { urls: ['https://desk.example/second'] });
  t.ok(live.keys.size > 0, 'keys are, too');
  const wrong = await again(file('https://desk.example/very-secret', 'pager'));
  t.same(wrong.urls, ['https://desk.example/second']);
  t.match(wrong.said, /channels.*the old value stays in force/);
  t.notMatch(wrong.said, /very-secret/);
  live.channels = null;
  t.same((await again(file('https://desk.example/third'))).urls, [], 'a process without the role sends nothing');
});
