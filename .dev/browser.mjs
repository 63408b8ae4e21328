// Finds a Chromium for the tests of the console, or installs Debian's, with a font that has Chinese. Without one those tests are
// skipped, and say so.

import { existsSync } from 'node:fs';
import { apt } from './redis.mjs';
import { SetUpError, say, step } from './shell.mjs';

export const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const PACKAGES = ['chromium', 'fonts-wqy-microhei'];

/** Null: there is none. */
export function browserPath() {
  return BROWSERS.find((path) => existsSync(path)) ?? null;
}

export async function findBrowser() {
  if (browserPath() !== null) return;
  const skipped = 'the tests of the console in a browser are skipped';
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    say(`set-up: found no Chromium (${BROWSERS.join(', ')}): ${skipped}`);
    return;
  }
  try {
    await step('installing chromium for the tests of the console (apt-get)', async () => {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const options = ['-o', 'DPkg::Lock::Timeout=120', 'install', '-qy', '--no-install-recommends'];
      await apt([...options, ...PACKAGES], { env });
    });
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    say(`set-up: ${error.message}\n${skipped}`);
  }
}
