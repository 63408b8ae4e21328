import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import t from 'tap';
import { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { joinedFixes } from '../../src/archive/joined-fixes.js';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import type { TraceFix } from '../../src/model/trace.js';
import { readTraces } from '../../src/traces/trace-query.js';
import { type TestScope, temporaryFolder } from '../support/redis-server.js';
import { districtFolder, LONGEST_RUN_MS, needs, printed, recording, replay } from './days.js';

// Real days, sent through the trackers' door, archived, and queried back: every fix of the file is there, and nothing else.

t.setTimeout(LONGEST_RUN_MS);

/** `vehicle, ms, longitude and latitude in 1e-7 degree`: what a file says of a fix, each once. */
type Said = readonly string[];

function said(rows: readonly (readonly [vehicle: string, ms: number, lng: number, lat: number])[]): Said {
  const texts = rows.map(
    ([vehicle, ms, lng, lat]) => `${vehicle} ${Math.round(ms)} ${Math.round(lng * 1e7)} ${Math.round(lat * 1e7)}`,
  );
  return [...new Set(texts)].sort();
}

/** Sends a recording, and asks the archive that is left for all that it has. */
async function queriedBack(
  scope: TestScope,
  path: string,
  district: string,
  ...options: string[]
): Promise<TraceFix[]> {
  const kept = join(await temporaryFolder(scope), 'kept');
  await replay(path, district, ...options, '--keep', kept);
  const [id = ''] = await readdir(join(kept, 'archive'));
  const archive = await ArchiveFolder.open({ folder: join(kept, 'archive', id), district: id });
  scope.teardown(() => archive.close());
  const plans = await plansOf(archive);
  const source = {
    fixes: joinedFixes({ district: id, archive, log: null }),
    plansSince: async () => ({ plans, fromMs: 0 }),
    nowMs: () => Date.now(),
  };
  const { steps } = await readTraces(source, { units: null, fromMs: 0, toMs: Date.now(), after: null });
  const fixes: TraceFix[] = [];
  for await (const { rows } of steps) fixes.push(...rows.filter((row) => row.type === 'fix'));
  return fixes;
}

async function plansOf(archive: ArchiveFolder): Promise<CompiledPlan[]> {
  const plans: CompiledPlan[] = [];
  for await (const entries of archive.readTimes({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, kinds: ['plan'] })) {
    for (const { kind, payload } of entries) {
      const entry = decodeLogEntry(kind, payload);
      if (entry.kind === 'plan') plans.push(entry.plan);
    }
  }
  return plans;
}

const toldOf = (fixes: readonly TraceFix[]): Said =>
  said(fixes.map(({ tracker, eventTimeMs, lng, lat }) => [tracker, eventTimeMs, lng ?? 0, lat ?? 0]));

const YUNNAN = 'yunnan_border_fleet_arrival_order.ndjson';
t.test(...needs(YUNNAN, 'the Yunnan day is queried back fix for fix'), async (t) => {
  const columns = 'vehicle=veh,time=fix:epoch-s,lat=lat,lng=lon,speed=speed:kmh,course=az,ignition=acc,receive=recv';
  const fixes = await queriedBack(
    t,
    recording(YUNNAN),
    districtFolder('yunnan'),
    ...['--columns', columns, '--step', '10s', '--order', 'file'],
  );
  const lines = (await readFile(recording(YUNNAN), 'utf8')).trim().split('\n');
  const file = lines.map((line) => JSON.parse(line) as { veh: string; fix: number; lat: number; lon: number });
  const want = said(file.map(({ veh, fix, lon, lat }) => [veh, fix * 1_000, lon, lat]));
  t.equal(want.length, 1_388);
  t.strictSame(toldOf(fixes), want);
});

const LIMERICK = 'limerick_bus_304.gpx';
t.test(...needs(LIMERICK, 'the Limerick bus is queried back fix for fix, with its holes'), async (t) => {
  const fixes = await queriedBack(t, recording(LIMERICK), districtFolder('limerick'), '--step', '10s');
  const text = await readFile(recording(LIMERICK), 'utf8');
  const points = [...text.matchAll(/<trkpt lat="([^"]+)" lon="([^"]+)">[\s\S]*?<time>([^<]+)<\/time>/g)];
  const want = said(
    points.map(([, lat, lon, time]) => [fixes[0]?.tracker ?? '', Date.parse(String(time)), Number(lon), Number(lat)]),
  );
  t.equal(want.length, 2_144);
  t.strictSame(toldOf(fixes), want);
  t.equal(fixes.length, want.length, 'each once');
});

const AUSTIN = 'austin_buses_2017-03-21.csv.gz';
t.test(...needs(AUSTIN, 'the whole Austin day is queried back fix for fix'), async (t) => {
  const folder = await temporaryFolder(t);
  await cp(districtFolder('austin'), folder, { recursive: true });
  await writeFile(join(folder, 'units.json'), await printed(districtFolder('austin-units.mjs'), recording(AUSTIN)));
  const columns = 'vehicle=vehicle_id,time=timestamp:iso,lat=latitude,lng=longitude,speed=speed:mps';
  const options = ['--columns', columns, '--step', '30s', '--order', 'event-time'];
  const fixes = await queriedBack(t, recording(AUSTIN), folder, ...options);
  const rows = parse(gunzipSync(await readFile(recording(AUSTIN))), { columns: true }) as Record<string, string>[];
  const want = said(
    rows.map((row) => [
      row.vehicle_id ?? '',
      Date.parse(row.timestamp ?? ''),
      Number(row.longitude),
      Number(row.latitude),
    ]),
  );
  t.equal(want.length, 45_385, 'one came twice');
  t.strictSame(toldOf(fixes), want);
  t.equal(fixes.length, want.length, 'each once');
});
