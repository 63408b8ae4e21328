import { readdirSync } from 'node:fs';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { fillDisk, mountedFolder, unmount } from '../support/small-disk.js';
import { ALL_DAY, allDayDistrict } from './all-day-district.js';
import { DRIVEN, startDriven } from './driven-site.js';
import { openSite, until } from './served-district.js';

const MINUTE_MS = 60_000;
/** Longer than the first pauses between two tries. */
const LOOK_MS = 4_000;

t.setTimeout(240_000);

const disk = mountedFolder('4m');
const skip = disk === null ? 'no file system can be mounted here: it takes root' : false;

t.test(
  "the archive's disk is full: reports go on, nothing is trimmed, and readiness says so until it is written again (A1) [archive-full]",
  { skip },
  async (t) => {
    const folder = disk as string;
    t.teardown(() => unmount(folder));
    const site = await openSite(t, { BEATWATCH_DISTRICTS: await allDayDistrict(t), ...DRIVEN });
    await symlink(folder, join(site.folder, 'archive'));
    const server = await startDriven(t, site);
    const check = () => server.check(`archive ${ALL_DAY}`);
    await server.drive(15 * MINUTE_MS);
    await until(async () => (await check()).detail.startsWith('archived up to'), 'a first part');

    const parts = () => readdirSync(join(folder, ALL_DAY, 'parts')).sort();
    const before = parts();
    const filler = join(folder, 'filler');
    await fillDisk(filler);
    const archivedToMs = await server.archivedToMs();
    await server.drive(25 * MINUTE_MS);
    // A part that was being written when the disk was full gives its bytes back.
    const isRefused = async () => {
      await fillDisk(filler);
      return !(await check()).ok;
    };
    await until(isRefused, 'an archive that says that its disk is full');
    const seen: boolean[] = [];
    for (const untilMs = performance.now() + LOOK_MS; performance.now() < untilMs; await sleep(50))
      seen.push((await check()).ok);
    t.notOk(seen.includes(true), `unready at each of ${seen.length} looks`);
    t.match((await check()).detail, /No space left on device|ENOSPC|no space/i);
    t.equal(await server.archivedToMs(), archivedToMs);
    // Half of a part may be there while it is written.
    await until(() => String(parts()) === String(before), 'a folder without halves of parts');
    const kept = await server.kept();
    await server.drive(15 * MINUTE_MS);
    t.ok((await server.kept()) >= kept + 180, 'nothing is trimmed of what is not archived');

    await rm(filler);
    await until(async () => (await check()).ok, 'an archive that goes on by itself');
    await until(async () => (await server.archivedToMs()) > archivedToMs, 'what was not archived');
  },
);
