import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32, deflateSync } from 'node:zlib';
import t from 'tap';
import { readConfig } from '../../src/config.js';
import { movedBy, moveOver } from '../../src/console/map/ground.js';
import { parseMapTiles, tileOrigins } from '../../src/model/map-tiles.js';
import { startRig } from '../api/rig.js';
import type { TestScope } from '../support/redis-server.js';
import { CONSOLE, inBrowser, openBrowser, openPage } from './browser.js';

t.setTimeout(180_000);

t.test('the ground is named by a preset or by addresses', async (t) => {
  const tianditu = parseMapTiles('tianditu 0123abcd', null);
  t.match(tianditu, { datum: 'WGS84', attribution: '天地图' });
  t.same(
    tianditu?.layers.map((addresses) => addresses.length),
    [8, 8],
  );
  t.match(
    tianditu?.layers[1]?.[7],
    /^https:\/\/t7\.tianditu\.gov\.cn\/cva_w\/wmts\?.*&TILEMATRIX=\{z\}&.*&tk=0123abcd$/,
  );
  t.match(parseMapTiles('amap', null), { datum: 'GCJ02' });
  t.strictSame(parseMapTiles('https://a.example/{z}/{x}/{y}.png', 'Board of maps'), {
    layers: [['https://a.example/{z}/{x}/{y}.png']],
    datum: 'WGS84',
    maxZoom: 18,
    attribution: 'Board of maps',
  });
  const two = parseMapTiles('GCJ02 https://s{1-3}.example:8443/{z}/{x}/{y} http://b.example/{z}-{x}-{y}', null);
  t.match(two, { datum: 'GCJ02' });
  t.strictSame(two && tileOrigins(two), [
    'https://s1.example:8443',
    'https://s2.example:8443',
    'https://s3.example:8443',
    'http://b.example',
  ]);
});

t.test('what names no ground is refused, and no key is repeated', async (t) => {
  const wrong = [
    'tianditu',
    'tianditu a;b',
    'amap key',
    'GCJ02',
    'ftp://a.example/{z}/{x}/{y}',
    'https://a.example/{z}/{x}',
    'https://user:pass@a.example/{z}/{x}/{y}',
    'https://a.example/{z}/{x}/{y}?key={key}',
    Array.from({ length: 5 }, (_, i) => `https://a${i}.example/{z}/{x}/{y}`).join(' '),
  ];
  for (const text of wrong) {
    t.equal(parseMapTiles(text, null), null, text);
    t.throws(() => readConfig({ BEATWATCH_MAP_TILES: text }), {
      code: 'config-invalid',
      message: /BEATWATCH_MAP_TILES/,
    });
  }
  try {
    readConfig({ BEATWATCH_MAP_TILES: 'tianditu 0123abcd extra' });
    t.fail('taken');
  } catch (error) {
    t.notMatch(String(error), /0123abcd/);
  }
  t.equal(readConfig({}).mapTiles, null);
});

t.test('over a shifted ground what is drawn is shifted, and over another it stays as it is', async (t) => {
  const data = {
    type: 'FeatureCollection' as const,
    features: [
      {
        type: 'Feature' as const,
        geometry: { type: 'Polygon', coordinates: [[[116.1, 24.3] as const, [116.2, 24.3] as const]] },
        properties: { id: 'a' },
      },
    ],
  };
  t.equal(movedBy(moveOver(parseMapTiles('tianditu 0', null)), data), data);
  t.equal(movedBy(moveOver(null), data), data);
  const { features } = movedBy(moveOver(parseMapTiles('amap', null)), data);
  const [[[lng, lat] = []] = []] = (features[0]?.geometry.coordinates ?? []) as [number, number][][];
  // Some 300 to 700 m off, to the north-west or the south-east of what it shows.
  const metres = Math.hypot(((lng ?? 0) - 116.1) * 101_300, ((lat ?? 0) - 24.3) * 110_800);
  t.ok(metres > 300 && metres < 700, `${metres} m`);
  t.strictSame(features[0]?.properties, { id: 'a' });
});

/** A grey tile of one pixel in PNG. */
function tile(): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from([0, 128]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A server of tiles that can be told to fail. */
async function startTiles(t: TestScope) {
  const asked: string[] = [];
  const state = { fails: false, asked, origin: '' };
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(state.fails ? 503 : 200, { 'access-control-allow-origin': '*', 'content-type': 'image/png' });
    response.end(state.fails ? '' : tile());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  state.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}

t.test(
  'the page fetches its ground from where the server says, and says when it does not come',
  inBrowser,
  async (t) => {
    const tiles = await startTiles(t);
    const mapTiles = parseMapTiles(`GCJ02 ${tiles.origin}/{z}/{x}/{y}`, '<i>Board</i> of maps');
    if (mapTiles === null) throw new Error('bug: tiles');
    const rig = await startRig(t, { consoleFolder: CONSOLE, mapTiles });
    t.match(
      (await fetch(rig.url)).headers.get('content-security-policy'),
      `connect-src 'self' ${tiles.origin}; img-src 'self' data: blob: ${tiles.origin};`,
    );
    const browser = await openBrowser(t);
    const url = `${rig.url}/#token=${await rig.token({ role: 'supervisor' })}`;
    const { page, errors } = await openPage(browser, url);
    await page.getByText('<i>Board</i> of maps').waitFor();
    await page.locator('.ground-is-away:empty').waitFor({ state: 'attached' });
    t.match(tiles.asked[0], /^\/\d+\/\d+\/\d+$/);
    t.strictSame(errors, []);
    tiles.fails = true;
    const away = await openPage(browser, url, { language: 'zh' });
    await away.page.getByText('地图服务没有应答').waitFor();
    await away.page.locator('.place').first().waitFor();
  },
);
