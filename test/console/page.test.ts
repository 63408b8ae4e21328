import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Page } from 'playwright-core';
import t from 'tap';
import { coverageOf, positionOf, T0_MS, testPlan, unitOf } from '../api/records.js';
import { type Rig, startRig } from '../api/rig.js';
import type { TestScope } from '../support/redis-server.js';
import { CONSOLE, inBrowser, openBrowser, openPage } from './browser.js';

t.setTimeout(300_000);

function startPageRig(t: TestScope): Promise<Rig> {
  return startRig(t, { consoleFolder: CONSOLE });
}

async function supervisorUrl(rig: Rig, subject = 'supervisor-li', origin = rig.url): Promise<string> {
  return `${origin}/#token=${await rig.token({ role: 'supervisor', subject })}`;
}

/** A link to the server that can be cut, and comes back when it is told. */
async function startLink(t: TestScope, rig: Rig): Promise<{ readonly origin: string; cut(): void; mend(): void }> {
  const { port } = new URL(rig.url);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(port), '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  t.teardown(() => {
    cut();
    server.close();
  });
  const mend = (): void => {
    isCut = false;
  };
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut, mend };
}

const alertText = (page: Page) => page.locator('.alerts .sentence').allTextContents();

t.test('somebody signs in, and is told why not', inBrowser, async (t) => {
  const rig = await startPageRig(t);
  const browser = await openBrowser(t);
  const { page, errors } = await openPage(browser, rig.url);
  const tryToken = async (token: string): Promise<void> => {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  await tryToken('nonsense');
  await page.getByText('The server does not take this token.').waitFor();
  await tryToken(await rig.token({ role: 'tracker' }));
  await page.getByText("The token's role may not use the console.").waitFor();
  await tryToken(await rig.token({ role: 'supervisor' }));
  await page.getByRole('heading', { name: 'Meixian' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Meixian' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.reload();
  await page.getByLabel('Token').waitFor();
  const linked = await openPage(browser, await supervisorUrl(rig));
  await linked.page.getByRole('heading', { name: 'Meixian' }).waitFor();
  t.equal(linked.page.url(), `${rig.url}/`, 'the token has left the address');
  t.strictSame([...errors, ...linked.errors], []);
});

t.test('a gap appears on the board and among the alerts, and is over', inBrowser, async (t) => {
  const rig = await startPageRig(t);
  const { engine } = rig.district();
  await engine.emit({
    positions: new Map([['car-1', positionOf('car-1')]]),
    units: new Map([['car-1', unitOf('car-1')]]),
    coverage: new Map([
      ['bridge', coverageOf('bridge')],
      ['square', coverageOf('square')],
    ]),
  });
  const { page, errors } = await openPage(await openBrowser(t), await supervisorUrl(rig));
  await page.locator('.place.covered').nth(1).waitFor();
  await page.locator('.map canvas').waitFor();
  const overdue = { ...coverageOf('square', 'uncovered'), dueMs: T0_MS - 60_000, lastCoveredMs: T0_MS - 700_000 };
  await engine.emit({
    coverage: new Map([['square', overdue]]),
    alerts: [{ alertId: 'gap', sentence: { zh: '人民广场空岗。', en: 'The square is unattended.' } }],
  });
  await page.locator('.place.overdue').waitFor();
  t.match(await page.locator('.board li').first().textContent(), /▲.*People's Square.*Unattended.*overdue/s);
  t.strictSame(await alertText(page), ['The square is unattended.']);
  await engine.emit({
    coverage: new Map([['square', coverageOf('square')]]),
    alerts: [{ alertId: 'gap', condition: 'cleared', acknowledged: true, change: 'cleared', toMs: T0_MS + 1 }],
  });
  await page.locator('.place.overdue').waitFor({ state: 'detached' });
  await page.getByText('There is nothing to act on.').waitFor();
  t.strictSame(errors, []);
});

t.test('what one supervisor does, another sees; with the keyboard alone', inBrowser, async (t) => {
  const rig = await startPageRig(t);
  await rig.district().engine.emit({ alerts: [{ alertId: 'gap', sentence: { zh: '空岗。', en: 'Unattended.' } }] });
  const browser = await openBrowser(t);
  const li = await openPage(browser, await supervisorUrl(rig));
  const wang = await openPage(browser, await supervisorUrl(rig, 'supervisor-wang'));
  for (const { page } of [li, wang]) await page.locator('.alert.unack-active').waitFor();
  await li.page.keyboard.press('j');
  await li.page.keyboard.press('a');
  for (const { page } of [li, wang]) await page.locator('.alert.ack-active').waitFor();
  await li.page.keyboard.press('h');
  await li.page.locator('.history .told').nth(1).waitFor();
  await li.page.keyboard.press('Escape');
  await li.page.locator('.history').waitFor({ state: 'detached' });
  await li.page.locator('.alert .said[aria-pressed=true]').waitFor();
  await li.page.keyboard.press('l');
  await li.page.getByRole('heading', { name: '梅县区' }).waitFor();
  t.strictSame(await alertText(li.page), ['空岗。'], 'in Chinese');
  t.strictSame([...li.errors, ...wang.errors], []);
});

t.test('each version of an alert says what it rests on, and the map shows it', inBrowser, async (t) => {
  const rig = await startPageRig(t);
  const { engine } = rig.district();
  const evidence = { lastUnit: 'car-1', lastSeenMs: T0_MS - 600_000 };
  await engine.emit({ alerts: [{ alertId: 'gap', evidence: { ...evidence, possibleUnits: ['car-2'] } }] });
  await engine.emit({
    alerts: [
      {
        alertId: 'gap',
        change: 'cleared',
        condition: 'cleared',
        toMs: T0_MS,
        evidence: { ...evidence, ending: 'arrival', byUnit: 'car-2', byEventTimeMs: T0_MS },
      },
    ],
  });
  const { page, errors } = await openPage(await openBrowser(t), await supervisorUrl(rig));
  await page.locator('.alert').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('h');
  await page.getByText('CAR-2 came, at 08:00:00').waitFor();
  t.strictSame(await page.locator('.evidence li').allTextContents(), [
    '1 CAR-1 was here, until 07:50:00',
    '2 CAR-2 came, at 08:00:00',
  ]);
  const look = page.waitForRequest(/units\/car-2\/fixes\?/);
  await page.locator('.history .told').first().click();
  await page.getByText('CAR-2 may have been there: it was last seen here').waitFor();
  await look;
  t.equal(await page.locator('.history .told').first().getAttribute('aria-pressed'), 'true');
  t.strictSame(errors, []);
});

t.test('the board and the alerts can be read before the map has come, and without it', inBrowser, async (t) => {
  const rig = await startPageRig(t);
  const { engine } = rig.district();
  await engine.emit({
    coverage: new Map([['square', coverageOf('square')]]),
    alerts: [{ alertId: 'gap', sentence: { zh: '空岗。', en: 'Unattended.' } }],
  });
  const { page } = await openPage(await openBrowser(t), rig.url);
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/assets/maps.js', async (route) => {
    await held;
    await route.abort();
  });
  await page.goto(await supervisorUrl(rig));
  await page.reload();
  await page.locator('.place.covered').waitFor();
  t.strictSame(await alertText(page), ['Unattended.']);
  t.equal(await page.locator('.map').getAttribute('aria-busy'), 'true');
  letGo();
  await page.getByText('The map did not load.').waitFor();
  await page.unroute('**/assets/maps.js');
  await page.reload();
  await page.locator('.map[aria-busy=false] canvas').waitFor();
});

t.test('an admin may look, and is offered nothing to do', inBrowser, async (t) => {
  const rig = await startPageRig(t);
  await rig.district().engine.emit({ alerts: [{ alertId: 'gap' }] });
  const admin = await rig.token({ role: 'admin' });
  const { page } = await openPage(await openBrowser(t), `${rig.url}/#token=${admin}`);
  await page.locator('.alert').waitFor();
  await page.keyboard.press('j');
  await page.getByRole('button', { name: 'Why, and history' }).waitFor();
  t.equal(await page.getByRole('button', { name: 'Acknowledge', exact: true }).count(), 0);
});

t.test('a link that was cut is said to be, and costs no alert', inBrowser, async (t) => {
  const rig = await startPageRig(t);
  const { engine } = rig.district();
  const link = await startLink(t, rig);
  await engine.emit({ alerts: [{ alertId: 'first' }] });
  const { page } = await openPage(await openBrowser(t), await supervisorUrl(rig, 'supervisor-li', link.origin));
  await page.locator('.alert').waitFor();
  link.cut();
  await page.getByText(/No link: what you see is of/).waitFor();
  await engine.emit({ alerts: [{ alertId: 'second' }, { alertId: 'third' }] });
  link.mend();
  await page.locator('.alert').nth(2).waitFor();
  await page.getByText(/No link: what you see is of/).waitFor({ state: 'detached' });
  t.equal(await page.locator('.alert').count(), 3);
});

t.test('the plan room says which plan waits, who published it and why', inBrowser, async (t) => {
  const rig = await startPageRig(t);
  const { log, engine } = rig.district();
  const published = { actionId: 'fair-1', actor: 'anna', reason: 'the fair', basedOn: null };
  const plan = { ...testPlan('meixian'), version: 2, inForceFromMs: T0_MS + 3_600_000, published };
  await log.append({ kind: 'plan', plan });
  await engine.emit({ coverage: new Map([['square', coverageOf('square')]]) });
  const { page, errors } = await openPage(await openBrowser(t), await supervisorUrl(rig));
  await page.locator('.place.covered').waitFor();
  await page.keyboard.press('2');
  await page.getByText(/Next: version 2 from .* · published by anna: the fair/).waitFor();
  const rows = await page.locator('.plan-history tbody tr').allTextContents();
  t.match(rows, [/^2waitsfrom .*annathe fair$/], 'and the history of plans names them, too');
  t.strictSame(errors, []);
});

t.test('a name is text, whatever it says', inBrowser, async (t) => {
  const rig = await startPageRig(t);
  const hostile = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
  const plan = testPlan('meixian');
  rig.district().plan = {
    ...plan,
    places: plan.places.map((place) => ({ ...place, name: { zh: hostile, en: hostile } })),
    units: plan.units.map((unit) => ({ ...unit, callsign: hostile })),
  };
  await rig.district().engine.emit({
    coverage: new Map([['square', coverageOf('square')]]),
    positions: new Map([['car-1', positionOf('car-1')]]),
    alerts: [{ alertId: 'gap', sentence: { zh: hostile, en: hostile } }],
  });
  const { page, errors } = await openPage(await openBrowser(t), await supervisorUrl(rig));
  await page.locator('.alert').waitFor();
  await page.locator('.place.covered').waitFor();
  t.equal(await page.locator('.place .name').first().textContent(), hostile);
  t.equal(await page.evaluate('window.hacked'), undefined);
  t.strictSame(errors, []);
});

/** As a browser asks: `fetch` of Node asks for no stored answer where it is given a tag. */
async function answerTo(url: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const request = get(url, { headers, agent: false });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  answer.resume();
  return answer;
}

/** The address of an asset; its compressed copies have none of their own. */
function assetOf(file: string): string[] {
  return /\.(gz|br)$/.test(file) ? [] : [`/assets/${file}`];
}

t.test('the page is small, and is sent again only when it is another', inBrowser, async (t) => {
  const rig = await startPageRig(t);
  const first = await fetch(rig.url);
  t.match(first.headers.get('content-security-policy'), /^default-src 'none'; *script-src 'self';/);
  const files = ['/', ...((await first.text()).match(/assets\/[\w.-]+/g) ?? []).map((file) => `/${file}`)];
  t.ok(files.length >= 3, files.join(' '));
  let bytes = 0;
  for (const file of new Set([...files, ...(await readdir(`${CONSOLE}/assets`)).flatMap(assetOf)])) {
    const answer = await answerTo(rig.url + file, { 'accept-encoding': 'br' });
    t.equal(answer.statusCode, 200, file);
    t.equal(answer.headers['content-encoding'], 'br', file);
    bytes += Number(answer.headers['content-length']);
    const tag = answer.headers.etag ?? '';
    const again = await answerTo(rig.url + file, { 'accept-encoding': 'br', 'if-none-match': tag });
    t.equal(again.statusCode, 304, file);
  }
  t.ok(bytes < 600_000, `${bytes} bytes`);
  for (const wrong of ['/assets/none.js', '/assets/..%2f..%2fpackage.json', '/assets/page.js.map'])
    t.not((await answerTo(rig.url + wrong, {})).statusCode, 200, wrong);
});
