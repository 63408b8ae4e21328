import t from 'tap';
import { openArchivedRecord } from '../../src/app/archived-record.js';
import { archivedTraces } from '../../src/app/archived-rows.js';
import { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { Duck } from '../../src/archive/duck.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import { PLAN_LEAD_MS } from '../../src/model/limits.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { raw, testKeys } from '../archive/support.js';
import { at, fix, MINUTE, plan, T0, unit } from '../engine/support.js';
import { temporaryFolder, type TestScope } from '../support/redis-server.js';

const FLUSH = { kind: 'flush', replaces: [], foldVersion: 4, madeAtMs: 1 } as const;
const { signer } = testKeys();

async function archiveOf(t: TestScope) {
  const folder = await temporaryFolder(t);
  const archive = await ArchiveFolder.open({ folder, district: 'example' });
  const add = async (entries: readonly RawEntry[]): Promise<void> => {
    const duck = await Duck.open({ folder, memory: '128MB', threads: 1 });
    const writer = archive.newPart(duck);
    await writer.add(entries);
    await archive.publish(await writer.finish(`part${archive.lines.length}`), FLUSH, signer);
    await duck.close();
  };
  return { folder, add };
}

function planEntry(ms: number, more: Partial<CompiledPlan>): RawEntry {
  const made = plan({ places: [], rules: [], units: [unit('car-1')] });
  return raw({ ms, seq: 0 }, { kind: 'plan', plan: { ...made, district: 'example', ...more } });
}

function fixEntry(minute: number): RawEntry {
  const ms = T0 + minute * MINUTE;
  const batch = { tracker: unit('car-1').tracker, reportId: '01', fixes: [fix(ms, at(minute))], rejected: [] };
  return raw({ ms, seq: 1 }, { kind: 'fixes', batches: [batch] });
}

const FIRST_PLAN = planEntry(T0 - 10 * MINUTE, { version: 1, inForceFromMs: T0 - 5 * MINUTE });
const QUERY = {
  fromMs: T0,
  toMs: T0 + 60 * MINUTE,
  units: null,
  places: null,
  versions: 'latest',
  signal: new AbortController().signal,
} as const;

t.test('rows that are archived while an archive is read are not in what its head names', async (t) => {
  const { folder, add } = await archiveOf(t);
  await add([FIRST_PLAN, fixEntry(1), fixEntry(2)]);
  const record = await openArchivedRecord(folder);
  t.teardown(() => record.close());
  await add([fixEntry(3)]);
  const times: number[] = [];
  for await (const row of archivedTraces(record, QUERY, () => undefined))
    if (row.type === 'fix') times.push(row.eventTimeMs);
  t.strictSame(times, [T0 + MINUTE, T0 + 2 * MINUTE]);
  t.match(record, { district: 'example', endsMs: T0 + 2 * MINUTE, head: { line: 1, upTo: `${T0 + 2 * MINUTE}-1` } });
});

t.test('of the plans in a log those count that the engine took up', async (t) => {
  const { folder, add } = await archiveOf(t);
  const late = T0 + MINUTE;
  await add([
    FIRST_PLAN,
    planEntry(T0, { version: 3, inForceFromMs: T0 + 10 * MINUTE }),
    planEntry(late, { version: 2, inForceFromMs: late + PLAN_LEAD_MS - 1 }),
    planEntry(late + 1, { version: 2, inForceFromMs: late + 1 + PLAN_LEAD_MS }),
  ]);
  const record = await openArchivedRecord(folder);
  t.teardown(() => record.close());
  t.strictSame(
    record.plans.map(({ version, inForceFromMs }) => [version, inForceFromMs]),
    [
      [1, T0 - 5 * MINUTE],
      [2, late + 1 + PLAN_LEAD_MS],
    ],
  );
  const since = async (ms: number) => (await record.source.plansSince(ms)).plans.map(({ version }) => version);
  t.strictSame(await since(T0), [1, 2]);
  t.strictSame(await since(T0 + 30 * MINUTE), [2]);
  t.strictSame(await since(T0 - 30 * MINUTE), [1, 2], 'before the first plan the first one counts');
});

t.test('a folder that is no archive is named', async (t) => {
  await t.rejects(openArchivedRecord(await temporaryFolder(t)), { code: 'archive-missing' });
});
