// npm run screenshot: makes .github/pictures/console.png anew. It starts the demo, waits until a post is overdue, asks who can go there, and
// takes a picture of the console in a real Chromium.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { BROWSERS, browserPath } from './browser.mjs';
import { giveUp, setUp } from './setup.mjs';
import { root, SetUpError, say } from './shell.mjs';

const PICTURE = join(root, '.github/pictures/console.png');
/** Slow enough that the post is still overdue when the picture is taken. */
const SPEED = 30;
const OVERDUE_WITHIN_MS = 240_000;
const SIZE = { width: 1440, height: 810 };

try {
  await setUp({ tests: true });
  const path = browserPath();
  if (path === null) throw new SetUpError(`got no Chromium, expected one of ${BROWSERS.join(', ')}`);
  await takePicture(path);
} catch (error) {
  giveUp(error);
}

async function takePicture(executablePath) {
  const demo = spawn(process.execPath, ['dist/bin/beatwatch.js', 'demo', '--speed', String(SPEED)], { cwd: root });
  const ended = once(demo, 'exit');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--use-angle=swiftshader'] });
  try {
    const url = await consoleUrl(demo);
    say('screenshot: the demo runs; a post is overdue after some minutes');
    const page = await browser.newPage({ viewport: SIZE, colorScheme: 'light' });
    await page.addInitScript("localStorage.setItem('beatwatch.language', 'en')");
    await page.goto(url);
    await page.locator('.place.overdue').waitFor({ timeout: OVERDUE_WITHIN_MS });
    await page.locator('.alert.high').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('n');
    await page.waitForTimeout(2_000);
    await page.screenshot({ path: PICTURE });
    say(`screenshot: ${PICTURE}`);
  } finally {
    await browser.close();
    demo.kill('SIGINT');
    await ended;
  }
}

/** The address that signs in by itself, as the demo prints it. */
function consoleUrl(demo) {
  return new Promise((resolve, reject) => {
    let printed = '';
    demo.stdout.on('data', (chunk) => {
      printed += chunk;
      const [, url] = /^Open the console: (\S+)$/m.exec(printed) ?? [];
      if (url !== undefined) resolve(url);
    });
    demo.once('exit', () => reject(new SetUpError(`the demo ended before it had named its console:\n${printed}`)));
  });
}
