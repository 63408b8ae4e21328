import { setTimeout as sleep } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import { missingForBrowser, openBrowser } from '../console/browser.js';
import { ascending, quantile, tellFigures } from './figures.js';
import { Fleet } from './load/fleet-helper.js';
import { numbersOf } from './options.js';
import { withProcesses } from './processes.js';
import { Progress } from './progress.js';
import { forPlan, namesOf, startSite, tokensOf } from './site.js';

const DEFAULTS = { units: 2_000, places: 500, seconds: 60 };
const EVERY_MS = 1_000;
/** The fleet of this size stands along the road: each post has some units beside it. */
const BETWEEN_M = 160;
const VIEWPORT = { width: 1_920, height: 1_080 };
const FRAME_MS = 1_000 / 60;
/** Before it is measured: all units have reported. */
const REST_MS = 10_000;
const HEAP_EVERY_MS = 60_000;
/** A map that is drawn by a processor which others use, too, takes long; a figure says so. */
const VIEW_WITHIN_MS = 180_000;

/** What the page notes of itself while it is measured. */
interface Noted {
  readonly frames: number[];
  readonly long: number[];
}

/** When what stood on the page, ms since somebody asked for it. */
type FirstView = Readonly<Record<'script' | 'maps' | 'signedIn' | 'plan' | 'places' | 'board' | 'map', number>>;

/** What the page keeps: its heap after a collection, and the nodes of its documents, also those that stand in none any more. */
interface Kept {
  readonly heapMb: number;
  readonly nodes: number;
}

/** The page's own work, s since it was opened. */
interface Work {
  readonly atMs: number;
  readonly scriptS: number;
  readonly taskS: number;
}

/**
 * What the console's page does while a whole fleet moves: its first view from a cold cache, the bytes that come for it, the time of its main thread
 * for each frame of a screen, tasks beyond 50 ms, and its memory. A real server, fleet and Chromium, each in processes of their own.
 */
export async function benchConsole(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  if (missingForBrowser !== null) throw new Error(`console: ${missingForBrowser}`);
  console.log(
    `console: ${size.units} units that move at 1 Hz, ${size.places} posts, ${size.seconds} s, ${VIEWPORT.width} × ${VIEWPORT.height}`,
  );
  await withProcesses('console', async ({ folder, children }) => {
    const o = { folder, district: 'console', units: size.units, places: size.places, betweenM: BETWEEN_M };
    const site = await startSite({ ...o, proxied: true });
    children.push(site.server);
    const fleet = new Fleet(children);
    await fleet.connect({ url: site.url, tokens: await tokensOf(site, namesOf(size.units)) });
    void fleet.pace(EVERY_MS);
    await forPlan(site, 'console');
    const ends: (() => unknown)[] = [];
    const browser = await openBrowser({ teardown: (end) => void ends.push(end) });
    try {
      const page = await (await browser.newContext({ viewport: VIEWPORT })).newPage();
      await measure(page, `${site.url}/#token=${await site.token('supervisor', 'wall')}`, size);
    } finally {
      for (const end of ends) await end();
    }
  });
}

async function measure(page: Page, url: string, size: typeof DEFAULTS): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  for (const domain of ['Network', 'Performance', 'HeapProfiler'] as const) await cdp.send(`${domain}.enable`);
  const paths = new Map<string, string>();
  cdp.on('Network.requestWillBeSent', ({ requestId, request }) => paths.set(requestId, new URL(request.url).pathname));
  const bytes = { page: 0, district: 0 };
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    bytes[/^\/(assets\/.*)?$/.test(paths.get(requestId) ?? '') ? 'page' : 'district'] += encodedDataLength;
  });
  await page.addInitScript(NOTE);
  await page.goto(url);
  await page.locator('.live-view .place:not(.unheard)').first().waitFor({ timeout: VIEW_WITHIN_MS });
  await page.locator('.map[aria-busy=false]').waitFor({ timeout: VIEW_WITHIN_MS });
  // What was seen is noted when the next frame is drawn.
  for (let frame = 0; frame < 2; frame += 1) await page.evaluate('new Promise(requestAnimationFrame)');
  const first = { ...bytes };
  const view = (await page.evaluate(FIRST_VIEW)) as FirstView;
  await sleep(REST_MS);
  await page.evaluate('Object.assign(globalThis.noted, { frames: [], long: [] })');
  const [before, kept] = [await workOf(cdp), [await keptBy(cdp)]];
  const progress = new Progress('console');
  const startMs = performance.now();
  const endMs = startMs + size.seconds * 1_000;
  for (let nowMs = startMs; nowMs < endMs; nowMs = performance.now()) {
    progress.at((nowMs - startMs) / (endMs - startMs));
    await sleep(Math.min(HEAP_EVERY_MS, endMs - nowMs));
    kept.push(await keptBy(cdp));
  }
  progress.end();
  console.log(
    `console: each minute ${kept.map(({ heapMb, nodes }) => `${heapMb.toFixed(1)} MB ${nodes}`).join(', ')} nodes`,
  );
  const after = await workOf(cdp);
  const { frames, long } = (await page.evaluate('globalThis.noted')) as Noted;
  const forMs = after.atMs - before.atMs;
  const perFrame = (of: (work: Work) => number): number => ((1_000 * (of(after) - of(before))) / forMs) * FRAME_MS;
  const between = ascending(frames);
  tellFigures('console', 0, size, [
    { name: 'script of the page has come', unit: 'ms', ours: [view.script] },
    { name: 'script of the maps has come', unit: 'ms', ours: [view.maps] },
    { name: 'signed in', unit: 'ms', ours: [view.signedIn] },
    { name: 'plan has come', unit: 'ms', ours: [view.plan] },
    { name: 'places have come', unit: 'ms', ours: [view.places] },
    { name: 'first view: board and alerts as the server has them', unit: 'ms', ours: [view.board], target: '≤ 2,000' },
    { name: 'first view: the map is drawn', unit: 'ms', ours: [view.map] },
    { name: 'bytes of the page', unit: 'kB', ours: [first.page / 1_000], target: '≤ 600' },
    { name: 'bytes of the district for it', unit: 'kB', ours: [first.district / 1_000] },
    {
      name: 'script a frame of 60 Hz',
      unit: 'ms',
      ours: [perFrame(({ scriptS }) => scriptS)],
      target: `≤ ${FRAME_MS.toFixed(1)}`,
    },
    { name: 'main thread a frame of 60 Hz', unit: 'ms', ours: [perFrame(({ taskS }) => taskS)] },
    { name: 'frames a second', unit: '', ours: [(1_000 * frames.length) / forMs] },
    { name: 'between two frames, p99', unit: 'ms', ours: [quantile(between, 0.99)] },
    { name: 'dropped frames', unit: '%', ours: [(100 * droppedOf(frames)) / (frames.length + droppedOf(frames))] },
    { name: 'tasks beyond 50 ms, a minute', unit: '', ours: [(60_000 * long.length) / forMs] },
    { name: 'longest of them', unit: 'ms', ours: [Math.max(0, ...long)] },
    { name: 'heap at first', unit: 'MB', ours: [kept[0]?.heapMb ?? Number.NaN] },
    { name: 'heap at last', unit: 'MB', ours: [kept.at(-1)?.heapMb ?? Number.NaN] },
    { name: 'nodes at first', unit: '', ours: [kept[0]?.nodes ?? Number.NaN] },
    { name: 'nodes at last', unit: '', ours: [kept.at(-1)?.nodes ?? Number.NaN] },
  ]);
}

/** Runs in the page before its own scripts. */
const NOTE = `
  const noted = { frames: [], long: [], first: {} };
  // A place of which nothing has come yet is shown as unheard.
  const seen = { board: '.live-view .place:not(.unheard)', map: '.map[aria-busy=false]' };
  new MutationObserver(() => {
    for (const [name, selector] of Object.entries(seen))
      if (!(name in noted.first) && document.querySelector(selector) !== null)
        requestAnimationFrame(() => { noted.first[name] ??= performance.now(); });
  }).observe(document, { childList: true, subtree: true, attributes: true });
  globalThis.noted = noted;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) noted.long.push(duration);
  }).observe({ type: 'longtask' });
  let lastMs = performance.now();
  const note = (nowMs) => {
    noted.frames.push(nowMs - lastMs);
    lastMs = nowMs;
    requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
`;

const FIRST_VIEW = `(() => {
  const came = (path) => performance.getEntriesByType('resource').find(({ name }) => new URL(name).pathname.endsWith(path)).responseEnd;
  return { ...noted.first, script: came('/page.js'), maps: came('/maps.js'), places: came('/places'), signedIn: came('/v1/districts'), plan: came('/plan') };
})()`;

/** Frames that a screen of 60 Hz would have shown in between. */
function droppedOf(frames: readonly number[]): number {
  return frames.reduce((sum, ms) => sum + Math.max(0, Math.round(ms / FRAME_MS) - 1), 0);
}

async function workOf(cdp: CDPSession): Promise<Work> {
  const of = await metricsOf(cdp);
  return { atMs: performance.now(), scriptS: of('ScriptDuration'), taskS: of('TaskDuration') };
}

/** What is still used after a collection. */
async function keptBy(cdp: CDPSession): Promise<Kept> {
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  return { heapMb: usedSize / 1e6, nodes: (await metricsOf(cdp))('Nodes') };
}

async function metricsOf(cdp: CDPSession): Promise<(wanted: string) => number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return (wanted) => metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN;
}
