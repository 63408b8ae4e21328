import type { Browser } from 'playwright-core';
import t from 'tap';
import { T0_MS } from '../api/records.js';
import { type Rig, startRig } from '../api/rig.js';
import { SILENT_CAR, shift } from '../api/shift.js';
import { until } from '../api/until.js';
import { edited, fixture, textsOf, withFolder } from '../district/district-folder.js';
import type { TestScope } from '../support/redis-server.js';
import { CONSOLE, inBrowser, openBrowser, openPage, seriousFaults } from './browser.js';

t.setTimeout(300_000);

t.test('the rooms of the console', inBrowser, async (t) => {
  const rig = await startRig(t, { consoleFolder: CONSOLE });
  const browser = await openBrowser(t);
  await shift(rig);
  await rig.district().engine.emit({
    ...SILENT_CAR,
    alerts: [{ alertId: 'low', rule: 'dwell-long', severity: 'low', unit: 'car-2', place: null, fromMs: T0_MS - 1 }],
  });

  await t.test('a chosen alert shows who can go there, and sends somebody, with the keyboard alone', async (t) => {
    const { page, errors } = await signedIn(t, rig, browser, 'supervisor');
    await page.locator('.alert').nth(1).waitFor();
    await page.keyboard.press('j');
    await page.locator('.nearest li').nth(1).waitFor();
    t.match(await page.locator('.nearest li').allTextContents(), [
      /●CAR-1there.*seen/,
      /\?CAR-20 m – 3\d km.*not current/,
    ]);
    await page.locator('.rules-here .binds').waitFor();
    t.match(
      await page.locator('.rules-here').textContent(),
      /somebody at least every 11 min.*binds until 09:00 \(Peak\)/,
    );
    await page.keyboard.press('n');
    await page.keyboard.press('ArrowDown');
    t.match(await page.evaluate('document.activeElement.textContent'), /CAR-2/);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const form = page.getByRole('form', { name: 'New task' });
    await form.getByLabel('Reason').fill('look at the square');
    await page.keyboard.press('Enter');
    await page.getByText('Done.').waitFor();
    const [task] = await rig.district().entries('task');
    t.match(task, { task: 'incident', units: ['car-1'], reason: 'look at the square' });
    t.ok(isAbout(task?.toMs, T0_MS + 3_600_000), `${task?.toMs}`);
    t.strictSame(errors, []);
  });

  await t.test(
    'who can go there is asked once, and again when somebody wants it: each answer is recorded',
    async (t) => {
      const { page } = await openPage(browser, rig.url);
      t.teardown(() => page.context().close());
      await page.clock.install();
      let asked = 0;
      page.on('request', (request) => {
        if (request.url().includes('/nearest-units?')) asked += 1;
      });
      await page.goto(`${rig.url}/#token=${await rig.token({ role: 'supervisor' })}`);
      await page.reload();
      await page.locator('.alert').nth(1).waitFor();
      await page.keyboard.press('j');
      await page.locator('.nearest li').nth(1).waitFor();
      await page.clock.fastForward(120_000);
      await page.locator('.nearest .old', { hasText: '2 min old' }).waitFor();
      t.equal(asked, 1);
      await page.keyboard.press('n');
      await page.keyboard.press('n');
      await until(async () => asked === 2);
    },
  );

  await t.test('a token of two districts lets one choose', async (t) => {
    const token = await rig.token({ role: 'supervisor', districts: ['meixian', 'jiaying'] });
    const { page, errors } = await openPage(browser, `${rig.url}/#token=${token}`);
    t.teardown(() => page.context().close());
    const chooser = page.getByRole('combobox', { name: 'District' });
    await chooser.waitFor();
    t.equal(await chooser.inputValue(), 'jiaying', 'the first one');
    t.equal(await page.locator('.alert').count(), 0);
    await chooser.selectOption('meixian');
    await page.locator('.alert').nth(1).waitFor();
    t.equal(await chooser.inputValue(), 'meixian');
    t.strictSame(errors, []);
  });

  await t.test('a supervisor shelves with a reason and a time, takes it back, and states by radio', async (t) => {
    const { page, errors } = await signedIn(t, rig, browser, 'supervisor');
    await page.locator('.alert').nth(1).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('s');
    await page.locator('.deed input:focus').waitFor();
    await page.keyboard.type('tracker is being replaced');
    await page.getByRole('button', { name: '30', exact: true }).click();
    await page.getByText('shelved until 08:30').waitFor();
    await page.getByRole('button', { name: 'Send', exact: true }).first().click();
    await page.locator('.alert.shelved').waitFor();
    await page.getByRole('button', { name: 'Unshelve' }).click();
    await page.locator('.alert.shelved').waitFor({ state: 'detached' });
    const [shelf, back] = await rig.district().entries('action');
    t.match(shelf, { action: 'shelve', comment: 'tracker is being replaced' });
    t.ok(isAbout(shelf?.untilMs, T0_MS + 1_800_000), `${shelf?.untilMs}`);
    t.match(back, { action: 'unshelve' });
    await page.getByLabel('find a unit or a place').fill('CAR-2');
    await page.getByRole('button', { name: 'By radio', exact: true }).click();
    await page.getByLabel('Note').fill('radio works');
    await page.keyboard.press('Enter');
    await page
      .getByText(/By radio at Meizhou bridge until 08:30 \(supervisor-li\)|Done\./)
      .first()
      .waitFor();
    t.match(await rig.district().entries('statement'), [{ unit: 'car-2', at: 'bridge', note: 'radio works' }]);
    t.strictSame(errors, []);
  });

  await t.test('filters say what they hide, and the page says whether it makes a sound', async (t) => {
    const { page, errors } = await signedIn(t, rig, browser, 'supervisor');
    await page.locator('.alert').nth(1).waitFor();
    await page.getByRole('combobox', { name: 'Severity' }).selectOption('low');
    await page.getByText('1 hidden by the filter').waitFor();
    t.equal(await page.locator('.alert').count(), 1);
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.locator('.alert').nth(1).waitFor();
    await page.getByRole('button', { name: 'Sound off' }).click();
    await page.getByRole('button', { name: 'Sound on' }).waitFor();
    const fresh = await page.context().newPage();
    await fresh.addInitScript(SILENT_BROWSER);
    await fresh.goto(`${rig.url}/#token=${await rig.token({ role: 'supervisor' })}`);
    await fresh.getByRole('button', { name: /Sound waits/ }).waitFor();
    await fresh.locator('.alert').nth(1).waitFor();
    await fresh.keyboard.press('x');
    await fresh.getByRole('button', { name: 'Sound on' }).waitFor();
    t.equal(await fresh.evaluate('window.tones'), 0, 'what was open before is no news');
    await rig.district().engine.emit({ alerts: [{ alertId: 'quiet', severity: 'low' }, { alertId: 'loud' }] });
    await until(async () => (await fresh.evaluate('window.tones')) === 2);
    t.strictSame(errors, []);
  });

  await t.test('an auditor says why, sees the record of a day and the plan, and nothing of now', async (t) => {
    const { page, errors } = await signedIn(t, rig, browser, 'auditor', '案件七');
    t.strictSame(await page.getByRole('navigation').getByRole('button').allTextContents(), ['Record', 'Plan']);
    await page.getByRole('combobox').selectOption('place:square');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.locator('.timeline .bar.visit').first().waitFor();
    await page.locator('.timeline .bar.gap').first().waitFor();
    const scrub = page.getByRole('slider', { name: 'Instant' });
    await scrub.press('Home');
    await page.getByText('At 08:00:00').waitFor();
    await scrub.press('PageUp');
    await page.getByText('At 08:10:00').waitFor();
    await page.getByLabel('Go to a time').fill('08:05:30');
    await page.getByText('At 08:05:30').waitFor();
    await page.getByLabel('Go to a time').fill('23:00:00');
    await page.getByText('At 09:00:00').waitFor();
    await page.getByLabel('Go to a time').fill('08:10:00');
    await page.getByRole('button', { name: 'told then' }).click();
    await page.getByText('What the console had said by that instant.').waitFor();
    t.match(await page.locator('.heat').textContent(), /People's Square/);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Alerts csv' }).click();
    t.match((await download).suggestedFilename(), /\.csv$/);
    const reads = (await rig.district().reads()).filter(({ role }) => role === 'auditor');
    t.ok(reads.length > 5);
    t.strictSame([...new Set(reads.map(({ purpose }) => purpose))], ['案件七']);
    t.match(
      new Set(reads.map(({ what }) => what.split(' ').at(-1))),
      new Set(['/v1/districts/:district/alert-versions']),
    );
    const away = { code: 'state-unavailable', message: 'the state cannot be read now', details: {} };
    await page.route('**/traces?*', (route) => route.fulfill({ status: 503, json: away }));
    await scrub.press('PageUp');
    await page.getByText('Where the units were could not be read: the state cannot be read now').waitFor();
    await page.unroute('**/traces?*');
    await rig.deps.districts.get('meixian')?.setClock?.(T0_MS + 1_200_000);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByRole('button', { name: 'known now', pressed: true }).waitFor();
    await page.getByText('units seen in the five minutes before').waitFor();
    await page.getByText('At 08:20:00').waitFor();
    await page.getByLabel('Time', { exact: true }).fill('08:12');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByText('At 08:12:00').waitFor();
    await page.getByLabel('Why you look').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('1');
    await page.keyboard.press('2');
    await page.getByRole('heading', { name: 'Calendar of 2026-03-02' }).waitFor();
    await page.getByText('The plan says nothing of this day').waitFor();
    t.strictSame(errors, []);
  });

  await t.test(
    'a district folder is checked in the page: nothing is asked of the server, nothing is applied',
    async (t) => {
      const { page, errors } = await signedIn(t, rig, browser, 'supervisor');
      await page.keyboard.press('2');
      const chooser = page.locator('.check input[type=file]');
      await chooser.waitFor({ state: 'attached' });
      const asked: string[] = [];
      page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
      const texts = await textsOf(fixture('meixian'));
      await withFolder(texts, async (folder) => {
        await chooser.setInputFiles(folder);
        await page.getByText('No fault in the files of “meixian”. 17 places, 32 units, 10 rules').waitFor();
        await page.getByRole('heading', { name: /^It would change the plan in force in \d+ things$/ }).waitFor();
        await page
          .locator('.changes li')
          .filter({ hasText: /^place .* is new$/ })
          .first()
          .waitFor();
      });
      const wrong = edited(texts, [
        ['places.geojson', '/features/0/properties/nameEn', 7],
        ['plan.json', '/rules/0/places', ['<img src=x onerror="window.hacked=1">']],
      ]);
      await withFolder(wrong, async (folder) => {
        await chooser.setInputFiles(folder);
        await page.getByText('2 faults').waitFor();
      });
      t.match(await page.locator('.check tbody tr').allTextContents(), [
        /^1places\.geojson\/features\/0\/properties\/nameEngot 7, expected text of 1 to 100 characters/,
        /^plan\.json\/rules\/0\/placesgot \["<img src=x.*expected "all" or a list of ids/,
      ]);
      await page.getByRole('button', { name: 'Show fault 1 on the map' }).click();
      await page.locator('.check .map canvas').waitFor();
      t.equal(await page.evaluate('window.hacked'), undefined);
      await page.evaluate(`
      const dropped = new DataTransfer();
      dropped.items.add(new File(['not JSON'], 'plan.json'));
      for (let i = 0; i < 1000; i += 1) dropped.items.add(new File([''], 'photo-' + i + '.jpg'));
      const drop = new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: dropped });
      document.querySelector('.plan-view').dispatchEvent(drop);`);
      await page.getByText('4 faults').waitFor();
      await page.getByText(/line 1, column 1: got "not JSON", expected a value/).waitFor();
      await page.getByText(/Other files there, which nobody looks at: photo-0\.jpg/).waitFor();
      const others = asked.filter((path) => !/^GET \/(assets\/|healthz|v1\/districts\/meixian\/[opr])/.test(path));
      t.strictSame(others, [], 'the page asks for its own files alone');
      t.strictSame(errors, []);
    },
  );

  await t.test('a supervisor is offered no record', async (t) => {
    const { page } = await signedIn(t, rig, browser, 'supervisor');
    t.strictSame(await page.getByRole('navigation').getByRole('button').allTextContents(), ['Live', 'Plan']);
    await page.keyboard.press('3');
    t.equal(await page.getByRole('button', { name: 'Live' }).getAttribute('aria-current'), 'page');
  });

  await t.test('nobody is kept out of any room: axe finds nothing serious, in light and dark', async (t) => {
    const { page } = await signedIn(t, rig, browser, 'admin');
    await page.locator('.alert').nth(1).waitFor();
    const look = async (room: string): Promise<void> => {
      for (const theme of ['light', 'dark']) {
        await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
        // Only colours differ between the themes.
        t.strictSame(await seriousFaults(page, theme === 'dark' ? ['color-contrast'] : []), [], `${room}, ${theme}`);
      }
    };
    await page.keyboard.press('j');
    await page.locator('.nearest li').nth(1).waitFor();
    await look('live');
    await page.keyboard.press('?');
    await look('keys');
    await page.keyboard.press('Escape');
    await page.keyboard.press('2');
    await page.locator('.plan-view').waitFor();
    await page.locator('.check input[type=file]').setInputFiles(fixture('meixian'));
    await page.locator('.check .found').waitFor();
    await look('plan');
    await page.keyboard.press('3');
    await page.getByLabel('Why you look').fill('case 7');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.locator('.timeline .bar.visit').first().waitFor();
    await look('record');
    const { page: door } = await openPage(browser, rig.url);
    await door.getByLabel('Token').waitFor();
    t.strictSame(await seriousFaults(door, []), [], 'sign-in');
  });
});

/** A browser that makes no sound before it is asked to resume, as browsers do on a page that nobody has touched; it counts tones. */
const SILENT_BROWSER = `
  window.tones = 0;
  const node = () => ({ connect: (next) => next, gain: { setValueAtTime() {}, linearRampToValueAtTime() {} } });
  window.AudioContext = class {
    state = 'suspended';
    currentTime = 0;
    async resume() { this.state = 'running'; this.onstatechange?.(); }
    async close() {}
    createGain() { return node(); }
    createOscillator() { return { ...node(), frequency: {}, start: () => { window.tones += 1; }, stop() {} }; }
  };`;

/** The clock of a district stands in this test, and the page's goes on. */
function isAbout(ms: number | null | undefined, expectedMs: number): boolean {
  return typeof ms === 'number' && ms >= expectedMs && ms < expectedMs + 60_000;
}

async function signedIn(
  t: TestScope,
  rig: Rig,
  browser: Browser,
  role: 'supervisor' | 'auditor' | 'admin',
  purpose?: string,
) {
  const opened = await openPage(browser, `${rig.url}/#token=${await rig.token({ role })}`);
  // A page that stays open goes on asking.
  t.teardown(() => opened.page.context().close());
  if (purpose !== undefined) {
    await opened.page.getByLabel('Why you look').fill(purpose);
    await opened.page.getByRole('button', { name: 'Sign in' }).click();
  }
  await opened.page.getByRole('navigation').waitFor();
  return opened;
}
