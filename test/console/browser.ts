import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { projectPath } from '../documents/project.js';
import type { TestScope } from '../support/redis-server.js';

/** Debian's; the set-up of the tests installs it where it can. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Nothing is fetched for the browser itself, and the map is drawn by the processor. */
const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-swiftshader',
  '--use-angle=swiftshader',
];

const browserPath: string | null = CHROMIUM.find((path) => existsSync(path)) ?? null;

/** The built page. */
export const CONSOLE = projectPath('dist/console');

const missing = [
  ...(browserPath === null ? ['Chromium'] : []),
  ...(existsSync(`${CONSOLE}/index.html`) ? [] : ['the page: npm run build']),
];
/** What a test with a browser needs and is not there; null: it is all there. */
export const missingForBrowser: string | null = missing.length === 0 ? null : `needs ${missing.join(' and ')}`;
/** Options of such a test. */
export const inBrowser = missingForBrowser === null ? {} : { skip: missingForBrowser };

/** A real browser, which ends with the test. */
export async function openBrowser(t: TestScope): Promise<Browser> {
  if (browserPath === null) throw new Error(`got no browser, expected one of ${CHROMIUM.join(', ')}`);
  const browser = await chromium.launch({ executablePath: browserPath, args: FLAGS });
  t.teardown(() => browser.close());
  return browser;
}

/** A page of its own session; what it says that is wrong is kept. */
export async function openPage(
  browser: Browser,
  url: string,
  o: { readonly language?: 'zh' | 'en' } = {},
): Promise<{ readonly page: Page; readonly errors: readonly string[] }> {
  const context = await browser.newContext({ viewport: { width: 1600, height: 900 } });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => {
    // A refusal that the page speaks of is no fault of it.
    if (message.type() === 'error' && !/the server responded with a status of/.test(message.text()))
      errors.push(message.text());
  });
  const name = JSON.stringify('beatwatch.language');
  await page.addInitScript(
    `localStorage.getItem(${name}) ?? localStorage.setItem(${name}, ${JSON.stringify(o.language ?? 'en')})`,
  );
  await page.goto(url);
  return { page, errors };
}

/**
 * What axe says of the page as it is, of what it calls serious or worse. The page's policy lets no script in, but a browser's own tools.
 *
 * @param rules only these; empty: all
 */
export async function seriousFaults(page: Page, rules: readonly string[] = []): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const only = rules.length === 0 ? {} : { runOnly: { type: 'rule', values: rules } };
  const options = JSON.stringify({ resultTypes: ['violations'], iframes: false, ...only });
  const found = (await page.evaluate(`axe.run(document, ${options})`)) as axe.AxeResults;
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')} ${failureSummary}`),
    );
}
