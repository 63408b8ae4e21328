import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import t from 'tap';
import type { CustodyFile } from '../../src/commands/export-file.js';
import { patientAsk } from '../../src/commands/server-answers.js';
import { BeatwatchError } from '../../src/model/errors.js';
import type { Fix } from '../../src/model/fix.js';
import { T0_MS } from '../api/records.js';
import { startRig, type Rig } from '../api/rig.js';
import { projectPath } from '../documents/project.js';
import { fix } from '../engine/support.js';
import { temporaryFolder, type TestScope } from '../support/redis-server.js';

const PERIOD = ['--from', '2020-01-01T00:00:00Z', '--to', '2030-01-01T00:00:00Z', '--purpose', '投诉 17'];

/** `beatwatch export` with this token. */
async function exported(t: TestScope, token: string, ...words: readonly string[]) {
  const child = spawn(process.execPath, [projectPath('dist/src/cli.js'), 'export', ...words], {
    env: { ...process.env, BEATWATCH_TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (part: Buffer) => (said.stdout += String(part)));
  child.stderr.on('data', (part: Buffer) => (said.stderr += String(part)));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...said };
}

/** A way to the server on which each of the first answers breaks off after so many bytes. */
async function openBadWay(t: TestScope, rig: Rig, breaks: readonly number[]) {
  let broken = 0;
  const server = createServer((socket) => {
    const further = connect(Number(new URL(rig.url).port), '127.0.0.1');
    for (const one of [socket, further])
      one.on('error', () => one.destroy()).on('close', () => void [socket.destroy(), further.destroy()]);
    socket.pipe(further);
    let left = breaks[broken] ?? Number.POSITIVE_INFINITY;
    further.on('data', (part) => {
      if (left <= 0) return;
      socket.write(part.subarray(0, left));
      left -= part.length;
      if (left > 0) return;
      broken += 1;
      socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  return { url: `http://127.0.0.1:${port}`, broken: () => broken };
}

async function rigWithVisits(t: TestScope, count: number): Promise<Rig> {
  const rig = await startRig(t);
  const { engine } = rig.district();
  const visits = Array.from({ length: count }, (_, i) => ({ visitId: `visit ${i}` }));
  await engine.emit({ visits, alerts: [{ alertId: 'a/1 =x' }, { alertId: 'a2' }] });
  await engine.emit({
    visits: [{ visitId: 'visit 3', state: 'closed' }],
    alerts: [{ alertId: 'a2', condition: 'cleared' }],
  });
  return rig;
}

t.test(
  'visits of a server come whole and once, though answers break off; the server knows who read them and why',
  async (t) => {
    const rig = await rigWithVisits(t, 1_200);
    const way = await openBadWay(t, rig, [10, 3_000, 60_000]);
    const out = join(await temporaryFolder(t), 'visits.csv');
    const token = await rig.token({ role: 'auditor', subject: 'wu' });
    const done = await exported(t, token, 'visits', ...PERIOD, '--url', way.url, '--out', out);
    t.equal(done.status, 0, done.stderr);
    t.ok(way.broken() >= 3, 'three answers broke off');
    t.match(done.stderr, /asking again/);
    const rows = parse(await readFile(out, 'utf8'), { columns: true }) as Readonly<Record<string, string>>[];
    t.strictSame(
      rows.map(({ visitId }) => visitId).toSorted(),
      Array.from({ length: 1_200 }, (_, i) => `visit ${i}`).toSorted(),
    );
    t.match(
      rows.find(({ visitId }) => visitId === 'visit 3'),
      { state: 'closed', version: '2' },
    );
    const custody = JSON.parse(await readFile(`${out}.custody.json`, 'utf8')) as CustodyFile;
    t.match(custody, { exportedBy: 'wu', purpose: '投诉 17', rows: 1_200, findings: [], notice: null });
    t.match(custody.accessEntry, 'one for each page');
  },
);

t.test('alerts of a server come with all their versions, or with the last', async (t) => {
  const rig = await rigWithVisits(t, 4);
  const token = await rig.token({ role: 'supervisor' });
  const to = ['--url', rig.url, '--out', '-', '--format', 'ndjson'];
  const versions = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { status, stdout, stderr } = await exported(t, token, 'alerts', ...PERIOD, ...to, ...words);
    t.equal(status, 0, stderr);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    return rows.map(({ alertId, version }) => `${String(alertId)} ${String(version)}`).toSorted();
  };
  t.strictSame(await versions(), ['a/1 =x 1', 'a2 1', 'a2 2']);
  t.strictSame(await versions('--versions', 'latest'), ['a/1 =x 1', 'a2 2']);
  t.strictSame(
    (await exported(t, token, 'visits', ...PERIOD, '--unit', 'car-2', ...to)).stdout,
    '',
    'nothing of car-2',
  );
});

t.test('traces of a server, and who was in a place or in a drawn area, come over links that break', async (t) => {
  const rig = await startRig(t);
  const square = { lngE7: 1_161_172_345, latE7: 242_701_234 };
  const setClock = rig.deps.districts.get('meixian')?.setClock;
  const fixes: Fix[] = [];
  for (let minute = 0; minute < 5; minute += 1) {
    const some = Array.from({ length: 500 }, (_, i) => fix(T0_MS + minute * 60_000 + i * 120, square));
    fixes.push(...some);
    await setClock?.(T0_MS + (minute + 1) * 60_000).catch(() => undefined);
    const batch = { tracker: 't-car-1', reportId: '01', fixes: some, rejected: [] };
    await rig.district().log.append({ kind: 'fixes', batches: [batch] });
  }
  const way = await openBadWay(t, rig, [200_000]);
  const token = await rig.token({ role: 'auditor' });
  const period = ['--from', new Date(T0_MS).toISOString(), '--to', new Date(T0_MS + 300_000).toISOString()];
  const common = [...period, '--purpose', 'case 7', '--unit', 'car-1', '--out', '-', '--url'];
  const traces = await exported(t, token, 'traces', '--format', 'ndjson', ...common, way.url);
  t.equal(traces.status, 0, traces.stderr);
  t.ok(way.broken() >= 1, 'an answer broke off');
  const rows = traces.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  t.strictSame(
    rows.map(({ type, eventTimeMs }) => [type, eventTimeMs]),
    fixes.map(({ eventTimeMs }) => ['fix', eventTimeMs]),
  );
  for (const area of [
    ['--place', 'square'],
    ['--circle', '116.1172345,24.2701234,500'],
  ]) {
    const { status, stdout, stderr } = await exported(
      t,
      token,
      'presence',
      ...area,
      '--format',
      'csv',
      ...common,
      rig.url,
    );
    t.equal(status, 0, stderr);
    t.match(stdout, /^car-1,inside,fix,/m, area.join(' '));
  }
});

t.test('a refusal of the server ends the export, and leaves no file', async (t) => {
  const rig = await rigWithVisits(t, 1);
  const folder = await temporaryFolder(t);
  const wish = ['visits', ...PERIOD, '--out', join(folder, 'x.csv'), '--url'];
  const refused = await exported(t, 'no token', ...wish, rig.url);
  t.match([refused.status, refused.stderr], [1, /got 401/]);
  const token = await rig.token({ role: 'auditor' });
  const unknown = await exported(t, token, ...wish, rig.url, '--place', 'nowhere');
  t.match([unknown.status, unknown.stderr], [1, /place-unknown/]);
  const supervisor = await rig.token({ role: 'supervisor' });
  const traces = await exported(t, supervisor, 'traces', ...wish.slice(1), rig.url);
  t.match([traces.status, traces.stderr], [1, /got 403/]);
  t.strictSame(await readdir(folder), []);
});

t.test('an answer is asked for again as long as that may help, and no longer', async (t) => {
  const said: string[] = [];
  const options = {
    signal: new AbortController().signal,
    onTrouble: (message: string) => said.push(message),
    pausesMs: [1, 1],
  };
  const failing = (errors: readonly Error[]) => {
    const left = [...errors];
    return patientAsk(async () => {
      const error = left.shift();
      if (error !== undefined) throw error;
      return 'answer';
    }, options);
  };
  const unreachable = new BeatwatchError('unreachable', 'no link');
  const busy = new BeatwatchError('refused', 'busy', { status: 503 });
  const forbidden = new BeatwatchError('refused', 'forbidden', { status: 403 });
  t.equal(await failing([unreachable, busy])('/'), 'answer');
  t.strictSame(said, ['no link', 'busy']);
  await t.rejects(failing([forbidden])('/'), { message: 'forbidden' });
  await t.rejects(failing([busy, busy, unreachable])('/'), { message: 'no link' });
  const stopped = AbortSignal.abort(new Error('stopped by SIGINT'));
  await t.rejects(
    patientAsk(async () => Promise.reject(busy), { ...options, signal: stopped, pausesMs: [60_000] })('/'),
  );
});
