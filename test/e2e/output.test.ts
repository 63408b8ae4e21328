import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { openOutput } from '../../src/commands/output.js';
import { createReporter } from '../../src/commands/reporter.js';
import { displayWidth, wrapText } from '../../src/commands/wrap.js';
import { projectPath } from '../documents/project.js';
import { openTerminal } from './pseudo-terminal.js';
import { Screen } from './screen.js';
import { until } from './served-district.js';

t.setTimeout(120_000);

const WIDTHS = [40, 80, 120, 200];
const FROM_MS = Date.parse('2026-11-24T07:20:00+08:00');
const MINUTE_MS = 60_000;
const SENTENCES = [
  '▲ raised       low    梅巡206于07:34到区人民医院岗点，停留仅5分19秒，少于规定的10分钟。  梅巡206 came to District People’s Hospital at 07:34 and stayed only 5 min 19 s, less than the required 10 min.',
  '▲ raised       high   新城小学护学岗已空岗7分钟（07:53起，上限5分钟），请派警力到岗。  New Town Primary School gate has been unattended for 7 min (since 07:53, limit 5 min); send a unit.',
  '▽ cleared      medium 华南大道已恢复巡逻（梅巡304于10:46到达），此前36分钟无警力巡逻。  Huanan Avenue is patrolled again: 梅巡304 came at 10:46; it had no patrol for 36 min.',
];
const TOKEN = 'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9'.repeat(8);
const withoutSpaces = (text: string) => text.replace(/\s/g, '');

/** Plays a short run into an output: the banner, and alerts while the state goes on. */
function playRun(output: ReturnType<typeof openOutput>, json = false): void {
  const reporter = createReporter({ json, timeZone: 'Asia/Shanghai', output });
  reporter.started({
    url: 'http://127.0.0.1:8080',
    district: 'meixian',
    token: TOKEN,
    auditorToken: TOKEN,
    seed: 1,
    fromMs: FROM_MS,
  });
  SENTENCES.forEach((text, index) => {
    const atMs = FROM_MS + index * 20 * MINUTE_MS;
    const progress = { fromMs: FROM_MS, toMs: FROM_MS + 60 * MINUTE_MS, acknowledged: 10_000 + index };
    reporter.progress({ ...progress, nowMs: atMs });
    reporter.line({ json: JSON.stringify({ text }), text, atMs });
    output.log.write(`{"level":"warn","index":${index}}\n`);
    reporter.progress({ ...progress, nowMs: atMs + MINUTE_MS });
  });
}

/** The same run where there is no terminal: all that must be readable on one. */
function plainRun(): string {
  let text = '';
  const write = (chunk: string) => {
    text += chunk;
  };
  const stream = { write };
  playRun(openOutput({ json: false, stdout: stream, stderr: stream }));
  return text;
}

t.test('on a terminal of any width nothing is hidden, cut or left over', async (t) => {
  for (const columns of WIDTHS) {
    const screen = new Screen(columns);
    const stream = { isTTY: true, columns, write: (text: string) => screen.write(text) };
    const output = openOutput({ json: false, stdout: stream, stderr: stream });
    playRun(output);
    const last = screen.rows.at(-1) ?? '';
    t.match(last, /^08:0[01]:00 · 6[68] % · 10002 fixes/, `${columns} columns: the state is the last row`);
    t.ok(displayWidth(last) < columns);
    output.end();
    t.equal(withoutSpaces(screen.rows.join('')), withoutSpaces(plainRun()), `${columns} columns: all is there, once`);
    const clocks = screen.rows.filter((row) => /^\d\d:\d\d:\d\d {2}/.test(row));
    t.equal(clocks.length, SENTENCES.length, 'each alert begins a row');
  }
});

t.test('a real terminal shows the same', async (t) => {
  const script = `
    import { openOutput } from ${JSON.stringify(pathToFileURL(projectPath('dist/src/commands/output.js')).href)};
    const output = openOutput({ json: false });
    for (const text of ${JSON.stringify(SENTENCES)}) {
      output.state('07:20:00 · 12 % · 1234 fixes acknowledged', 0.12);
      output.sentence(text, 10);
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    output.state('07:21:00 · 13 % · 1235 fixes acknowledged', 0.13);
    output.end();`;
  for (const columns of WIDTHS) {
    const command = `exec "${process.execPath}" --input-type=module -e '${script.replace(/'/g, "'\\''")}'`;
    const terminal = await openTerminal(t, { command, cwd: projectPath('.'), columns });
    t.equal(await terminal.exit, 0);
    const screen = new Screen(columns);
    screen.write(terminal.output());
    t.match(terminal.output(), '12 %', 'the state was shown');
    t.equal(withoutSpaces(screen.rows.join('')), withoutSpaces(SENTENCES.join('')), `${columns} columns`);
  }
});

t.test('JSON is never wrapped, and the banner can be pasted into a shell', async (t) => {
  let written = '';
  const write = (text: string) => {
    written += text;
  };
  const stream = { isTTY: true, columns: 40, write };
  playRun(openOutput({ json: true, stdout: stream, stderr: { write: () => true } }), true);
  const lines = written.split('\n').map((line) => line.slice(line.indexOf('{')));
  for (const text of SENTENCES) t.ok(lines.includes(JSON.stringify({ text })), text);
  const banner = plainRun().split('\n');
  t.ok(banner.includes(`export TOKEN=${TOKEN}`));
  const links = banner.filter((line) => line.endsWith(`: http://127.0.0.1:8080/#token=${TOKEN}`));
  t.equal(links.length, 2, 'a link for a supervisor, one for an auditor');
});

t.test('where there is no terminal the state is a line of its own, again and again', async (t) => {
  const awake = setInterval(() => undefined, 1_000); // telling the state keeps no process alive
  t.teardown(() => clearInterval(awake));
  for (const json of [false, true]) {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const output = openOutput({ json, stdout, stderr, stateEveryMs: 20 });
    output.state('07:20:00 · 12 % · 1234 fixes acknowledged', 0.12);
    const told = json ? stderr : stdout;
    for (let line = 0; line < 2; line += 1) {
      const [chunk] = (await once(told, 'data', { signal: AbortSignal.timeout(10_000) })) as [Buffer];
      t.equal(String(chunk), '07:20:00 · 12 % · 1234 fixes acknowledged\n');
    }
    t.equal((json ? stdout : stderr).read(), null, 'on one of the two only');
    output.end();
    await until(() => told.read() === null);
  }
});

t.test('a wrapped text loses nothing but spaces, and only a word that is wider goes over', async (t) => {
  for (const text of SENTENCES)
    for (let columns = 1; columns <= 210; columns += 1) {
      const lines = wrapText(text, columns, 10);
      if (withoutSpaces(lines.join('')) !== withoutSpaces(text)) t.fail(`${columns} columns lose something`);
      const over = lines.filter(
        (line) => displayWidth(line) > columns && / |\p{Script=Han}.*\p{Script=Han}/u.test(line.trim()),
      );
      if (over.length > 0) t.fail(`${columns} columns: ${over[0]} goes over`);
    }
  t.strictSame(wrapText('梅巡206在', 4), ['梅巡', '206', '在']);
  t.strictSame(wrapText('上限）。无人', 6), ['上', '限）。', '无人'], 'closing punctuation begins no line');
});
