import t from 'tap';
import type { ToldAlert } from '../../src/model/what-if.js';
import { loadByPlace, triedPlaces } from '../../src/console/what-if/tried-places.js';
import { edited, fixture, textsOf, withFolder } from '../district/district-folder.js';
import { MINUTE, openSite, START_MS } from '../e2e/plan-site.js';
import { inBrowser, openBrowser, openPage, seriousFaults } from './browser.js';

t.setTimeout(300_000);

/** Trials are folded behind all else that the machine does. */
const FOLDED_WITHIN_MS = 150_000;

t.test('places are coloured by whether more alerts come or go, and units have no place', async (t) => {
  const told = (subject: string): ToldAlert => ({
    alertId: subject,
    rule: 'zone-gap',
    ruleId: 'zones',
    subject,
    name: { zh: subject, en: subject },
    severity: 'low',
    certainty: 'uncovered',
    askedAtMs: [START_MS],
    fromMs: START_MS,
    toMs: null,
    isRetracted: false,
  });
  const loads = loadByPlace({
    added: [told('place:a'), told('place:a'), told('place:b'), told('unit:c')],
    gone: [told('place:a'), told('place:d')],
  });
  t.same(
    [...loads],
    [
      ['a', { added: 2, gone: 1 }],
      ['b', { added: 1, gone: 0 }],
      ['d', { added: 0, gone: 1 }],
    ],
  );
  const feature = (placeId: string) => ({
    type: 'Feature' as const,
    geometry: { type: 'Polygon', coordinates: [] },
    properties: { id: '0', placeId, kind: 'zone', nameZh: placeId, nameEn: placeId, standing: 'covered' as const },
  });
  const drawn = { type: 'FeatureCollection' as const, features: ['a', 'd', 'e'].map(feature), isCut: false };
  t.match(
    triedPlaces(drawn, loads).features.map(({ properties: { nameEn, standing } }) => [nameEn, standing]),
    [
      ['+2 −1 a', 'overdue'],
      ['−1 d', 'covered'],
      ['e', 'empty'],
    ],
  );
});

t.test('who runs a district sees its orders, and tries a folder on recorded hours', inBrowser, async (t) => {
  const site = await openSite(t);
  await site.goTo(START_MS + 40 * MINUTE);
  const instant = (ms: number): string => new Date(ms).toISOString().replace('.000', '');
  const span = { from: instant(site.nowMs() + 10 * MINUTE), to: instant(site.nowMs() + 70 * MINUTE) };
  const order = {
    id: 'fair',
    nameZh: '庙会',
    nameEn: 'Temple fair',
    ...span,
    reason: 'crowds at the temple',
    modes: [{ mode: 'low', ...span }],
  };
  const made = await site.ask('POST', '/orders', { body: { order } });
  t.equal(made.status, 201, JSON.stringify(made.body));
  const browser = await openBrowser(t);
  const { page, errors } = await openPage(browser, `${site.url}/#token=${await site.token('admin')}`);
  await page.getByRole('navigation').waitFor();
  await page.keyboard.press('2');
  const row = page.locator('.plan-orders tbody tr');
  await row.waitFor();
  t.match(await row.allTextContents(), [/^Temple fairwaits.*09:05 to .*10:05.*annacrowds at the temple$/]);

  const chooser = page.locator('.check input[type=file]');
  const texts = await textsOf(fixture('example'));
  const patient = edited(texts, [['plan.json', '/rules/0/thresholdS', 7_200]]);
  await withFolder(patient, async (folder) => {
    await chooser.setInputFiles(folder);
    await page.getByRole('heading', { name: 'Try it on recorded hours' }).waitFor();
  });
  await page.getByLabel('From').fill('2026-11-24T08:16');
  await page.getByLabel('to', { exact: true }).fill('2026-11-24T08:50');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.locator('.load .all').waitFor({ timeout: FOLDED_WITHIN_MS });
  const asked = await page.locator('.load .all td').allTextContents();
  t.ok(Number(asked[2]) < Number(asked[0]), `alerts: ${asked[0]} as recorded, ${asked[2]} under the plan`);
  await page.getByRole('heading', { name: /^No more under this plan: [1-9]/ }).waitFor();
  await page.locator('.what-if .map canvas').waitFor();
  t.equal(
    (await site.ask('GET', '/plans')).body.items.length,
    3,
    'the first plan, and two of the order: none was published',
  );

  await page.getByLabel('From').fill('2026-11-25T08:16');
  await page.getByLabel('to', { exact: true }).fill('2026-11-25T08:50');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByText(/^It was not tried: got no entry that was logged after .*ask about an earlier time/).waitFor();
  t.strictSame(await seriousFaults(page), []);
  t.strictSame(errors, []);

  const other = await openPage(browser, `${site.url}/#token=${await site.token('supervisor')}`);
  await other.page.getByRole('navigation').waitFor();
  await other.page.keyboard.press('2');
  await withFolder(patient, async (folder) => {
    await other.page.locator('.check input[type=file]').setInputFiles(folder);
    await other.page.getByText(/^No fault in the files/).waitFor();
  });
  t.equal(await other.page.locator('.what-if').count(), 0, 'a supervisor may draft nothing');
});
