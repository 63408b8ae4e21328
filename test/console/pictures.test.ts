import { readFile, writeFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import t from 'tap';
import { coverageOf, T0_MS } from '../api/records.js';
import { type Rig, startRig } from '../api/rig.js';
import { SILENT_CAR, shift } from '../api/shift.js';
import { projectPath } from '../documents/project.js';
import { CONSOLE, inBrowser, openBrowser, openPage } from './browser.js';

t.setTimeout(300_000);

/**
 * Guards the main views against accidents: a column that is gone, a map that is empty, a theme that has no colours. A view is kept coarsely: the boxes of its
 * parts in hundredths of the window, and its picture as 48 × 27 averages of sixteen levels. Fonts and versions of Chromium differ between machines, so letters are no part of
 * it, and a share of cells may differ. After a change on purpose: UPDATE_PICTURES=1 node dist/test/console/pictures.test.js, and read what differs.
 */
const [COLUMNS, ROWS] = [48, 27];
/** Of sixteen levels of a colour. */
const SAME_LEVELS = 1;
/** Shares of the cells; of a map most cells are ground. */
const CELLS_MAY_DIFFER = { window: 0.03, map: 0.008 };
/** Hundredths of the window; a font that is wider moves what stands behind it. */
const BOX_MAY_DIFFER = 4;

interface View {
  readonly boxes: Readonly<Record<string, readonly number[]>>;
  /** Rows of cells, each three hexadecimal digits. */
  readonly cells: readonly string[];
}

t.test('the main views look as they did', inBrowser, async (t) => {
  const rig = await startRig(t, { consoleFolder: CONSOLE });
  await shift(rig);
  await rig.district().engine.emit({
    ...SILENT_CAR,
    coverage: new Map([...SILENT_CAR.coverage, ['bridge', coverageOf('bridge')]]),
  });
  const browser = await openBrowser(t);
  const compare = async (
    page: Page,
    name: string,
    parts: readonly string[],
    area: Locator | null = null,
  ): Promise<void> => {
    const view = await viewOf(browser, page, { parts, area });
    const path = projectPath(`test/console/pictures/${name}.json`);
    if (process.env.UPDATE_PICTURES === '1') await writeFile(path, `${JSON.stringify(view, null, 2)}\n`);
    const kept = JSON.parse(await readFile(path, 'utf8')) as View;
    t.strictSame(Object.keys(view.boxes), Object.keys(kept.boxes), `${name}: the parts`);
    for (const [part, box] of Object.entries(kept.boxes)) {
      const off = box.map((edge, i) => Math.abs(edge - (view.boxes[part]?.[i] ?? Number.NaN)));
      t.ok(Math.max(...off) <= BOX_MAY_DIFFER, `${name}: ${part} is at ${view.boxes[part]}, was at ${box}`);
    }
    const share = differing(view.cells, kept.cells) / (COLUMNS * ROWS);
    t.ok(
      share <= CELLS_MAY_DIFFER[area === null ? 'window' : 'map'],
      `${name}: ${(100 * share).toFixed(1)} % of the picture differ`,
    );
  };

  for (const theme of ['light', 'dark'] as const) {
    const page = await openAt(t, rig, browser, { role: 'supervisor', theme });
    await page.locator('.map[aria-busy=false]').waitFor();
    await page.keyboard.press('j');
    await page.locator('.nearest li').nth(1).waitFor();
    await compare(page, `live-${theme}`, ['header.top', '.board', '.map', '.detail', '.nearest', '.alerts']);
    // By itself: places are pale, and few cells of the whole window.
    await compare(page, `map-${theme}`, [], page.locator('.map'));
    if (theme === 'dark') continue;
    await page.keyboard.press('h');
    await page.locator('.history .told').first().waitFor();
    await compare(page, 'history', ['.map', '.history']);
    await page.keyboard.press('Escape');
    await page.keyboard.press('2');
    await page.locator('.place-rules').waitFor();
    await compare(page, 'plan', ['header.top', '.in-force', '.calendar', '.place-rules']);
  }
  const record = await openAt(t, rig, browser, { role: 'admin', theme: 'light' });
  await record.keyboard.press('3');
  await record.getByLabel('Why you look').fill('case 7');
  await record.getByRole('button', { name: 'Show', exact: true }).click();
  await record.locator('.timeline .bar.visit').first().waitFor();
  await record.getByText('units seen in the five minutes before').waitFor();
  await record.locator('.map canvas').waitFor();
  await compare(record, 'record', ['form.ask', '.map', '.then', '.timeline']);
  const door = await openPage(browser, rig.url);
  await door.page.getByLabel('Token').waitFor();
  await compare(door.page, 'sign-in', ['.sign-in form']);
});

/** A page whose clock stands at the district's. */
async function openAt(
  t: { teardown: (end: () => unknown) => void },
  rig: Rig,
  browser: Browser,
  { role, theme }: { readonly role: 'supervisor' | 'admin'; readonly theme: 'light' | 'dark' },
): Promise<Page> {
  const { page } = await openPage(browser, rig.url);
  t.teardown(() => page.context().close());
  await page.clock.setFixedTime(T0_MS);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.addInitScript(`localStorage.setItem('beatwatch.theme', ${JSON.stringify(theme)})`);
  await page.goto(`${rig.url}/#token=${await rig.token({ role })}`);
  await page.reload();
  await page.locator('.alert').first().waitFor();
  return page;
}

/** How many cells are another colour. */
function differing(cells: readonly string[], others: readonly string[]): number {
  const levels = (rows: readonly string[]) => Array.from(rows.join(''), (digit) => Number.parseInt(digit, 16));
  const [own, other] = [levels(cells), levels(others)];
  let count = 0;
  for (let i = 0; i < own.length; i += 3)
    if ([0, 1, 2].some((c) => Math.abs((own[i + c] as number) - (other[i + c] ?? Number.NaN)) > SAME_LEVELS))
      count += 1;
  return count;
}

/** A page as it is now; another page of the same browser makes its picture coarse. */
async function viewOf(
  browser: Browser,
  page: Page,
  { parts, area }: { readonly parts: readonly string[]; readonly area: Locator | null },
): Promise<View> {
  const boxes: Record<string, readonly number[]> = {};
  const { width, height } = page.viewportSize() ?? { width: 1, height: 1 };
  for (const part of parts) {
    const box = await page.locator(part).first().boundingBox();
    if (box === null) throw new Error(`got no box of ${part}`);
    const edges = [box.x / width, box.y / height, (box.x + box.width) / width, (box.y + box.height) / height];
    boxes[part] = edges.map((share) => Math.round(100 * share));
  }
  const picture = (await (area ?? page).screenshot({ animations: 'disabled', caret: 'hide' })).toString('base64');
  const helper = await browser.newPage();
  try {
    const cells = (await helper.evaluate(`(async () => {
      const image = new Image();
      image.src = 'data:image/png;base64,${picture}';
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const rows = [];
      for (let row = 0; row < ${ROWS}; row += 1) {
        let text = '';
        for (let column = 0; column < ${COLUMNS}; column += 1) {
          const sums = [0, 0, 0, 0];
          const [left, right] = [column, column + 1].map((edge) => Math.floor((edge * image.width) / ${COLUMNS}));
          const [top, bottom] = [row, row + 1].map((edge) => Math.floor((edge * image.height) / ${ROWS}));
          for (let y = top; y < bottom; y += 1)
            for (let x = left; x < right; x += 1) {
              for (let c = 0; c < 3; c += 1) sums[c] += data[4 * (y * image.width + x) + c];
              sums[3] += 1;
            }
          for (let c = 0; c < 3; c += 1) text += Math.round(sums[c] / sums[3] / 17).toString(16);
        }
        rows.push(text);
      }
      return rows;
    })()`)) as string[];
    return { boxes, cells };
  } finally {
    await helper.close();
  }
}
