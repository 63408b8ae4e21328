import t from 'tap';
import { ask } from '../api/clients.js';
import { coverageOf, testPlan } from '../api/records.js';
import { startRig } from '../api/rig.js';
import { until } from '../api/until.js';
import { CONSOLE, inBrowser, openBrowser, openPage } from './browser.js';

t.setTimeout(300_000);

t.test('what goes wrong around the page is said in words, and passes', inBrowser, async (t) => {
  const rig = await startRig(t, { consoleFolder: CONSOLE });
  const browser = await openBrowser(t);
  const district = rig.district();
  await district.engine.emit({ coverage: new Map([['square', coverageOf('square')]]) });

  await t.test('the server is down when somebody signs in', async (t) => {
    const { page } = await openPage(browser, rig.url);
    t.teardown(() => page.context().close());
    await page.route('**/v1/**', (route) => route.abort());
    await page.getByLabel('Token').fill(await rig.token({ role: 'supervisor' }));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The server does not answer. Try again in a moment.').waitFor();
    await page.unroute('**/v1/**');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.place.covered').waitFor();
    t.pass('and the same token is good afterwards');
  });

  await t.test('a token that ends, or is revoked, while the page is open', async (t) => {
    const expired = await rig.token({ role: 'supervisor', ttlS: 60, nowMs: Date.now() - 3_600_000 });
    const late = await openPage(browser, `${rig.url}/#token=${expired}`);
    t.teardown(() => late.page.context().close());
    await late.page.getByText('The token has expired. Sign in again.').waitFor();
    const token = await rig.token({ role: 'supervisor', tokenId: 'lost-laptop' });
    const lost = await openPage(browser, `${rig.url}/#token=${token}`);
    t.teardown(() => lost.page.context().close());
    await lost.page.locator('.place.covered').waitFor();
    await ask(rig, '/v1/districts/meixian/revocations', {
      token: await rig.token({ role: 'admin' }),
      body: { tokenId: 'lost-laptop', expiresAtMs: Date.now() + 60_000 },
    });
    await lost.page.getByText('The token was revoked. Ask an administrator.').waitFor();
    t.equal(await lost.page.locator('.place').count(), 0, 'nothing of the district is left to see');
  });

  await t.test('a plan that changes while the page is open, in a tab that slept for an hour', async (t) => {
    const { page, errors } = await openPage(browser, rig.url);
    t.teardown(() => page.context().close());
    await page.clock.install();
    await page.goto(`${rig.url}/#token=${await rig.token({ role: 'supervisor' })}`);
    await page.reload();
    await page.locator('.place.covered').waitFor();
    const plan = testPlan('meixian');
    const [first, ...others] = plan.places;
    if (first === undefined) throw new Error('got no place, expected one');
    const pier = { ...first, name: { zh: '新码头', en: 'The new pier' } };
    district.plan = { ...plan, version: plan.version + 1, places: [pier, ...others] };
    // It may not wait for its next look at the plan yet.
    await until(async () => {
      await page.clock.fastForward(3_600_000);
      return await page.getByRole('button', { name: /The new pier/ }).isVisible();
    });
    await page.getByText('● Live').waitFor();
    t.strictSame(errors, []);
  });
});
