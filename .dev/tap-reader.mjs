// Counts and condenses what `tap run --reporter=tap` prints. tap's own closing count leaves out a test file that dies before
// its first assertion, so the lines are counted here: every assertion once, and once each file or subtest that failed
// although no assertion in it did.

const POINT = /^( *)(not )?ok\b(?: \d+)?(?: - )?(.*)$/;
const DIRECTIVE = /(?:^|[^\\])# *(SKIP|TODO)\b *(.*)$/i;
const TIME = /\s*# time=([\d.]+)ms/;
const MAX_DIAGNOSTIC_LINES = 60;

export class TapReader {
  #print;
  #counts = { passed: 0, failed: 0, skipped: 0, failures: [], complete: false };
  /** The subtests that are open, outermost (the file) first. */
  #open = [];
  /** The diagnostic block being read: `---` to `...` below a test point. */
  #block = null;
  #lastPoint = null;
  #printed = 0;
  #bailed = false;

  constructor(print) {
    this.#print = print;
  }

  line(line) {
    if (this.#block !== null) return this.#diagnostic(line);
    const trimmed = line.trimStart();
    const indent = line.length - trimmed.length;
    if (trimmed === '---' && this.#lastPoint !== null && indent === this.#lastPoint.indent + 2) {
      this.#block = { indent, show: this.#lastPoint.show };
      this.#printed = 0;
      return;
    }
    if (trimmed.startsWith('# Subtest: ')) return this.#push(indent, trimmed.slice('# Subtest: '.length));
    if (trimmed.startsWith('Bail out!')) return this.#bailOut(indent, trimmed);
    if (/^# \{ total: \d+/.test(line)) this.#counts.complete = true;
    const match = POINT.exec(line);
    if (match !== null) this.#point(indent, match[2] === undefined, match[3]);
  }

  finish() {
    return this.#counts;
  }

  #diagnostic(line) {
    const { indent, show } = this.#block;
    if (line === `${' '.repeat(indent)}...`) {
      this.#block = null;
      this.#lastPoint = null;
    } else if (show && this.#printed++ < MAX_DIAGNOSTIC_LINES) {
      this.#print(`        ${line.slice(indent)}`);
    }
  }

  #point(indent, ok, rest) {
    this.#lastPoint = { indent, show: false };
    const directive = DIRECTIVE.exec(rest);
    const name = rest.replace(TIME, '').trim();
    while (this.#open.length > 0 && this.#open.at(-1).indent > indent) this.#open.pop();
    if (this.#open.at(-1)?.indent === indent) return this.#close(ok, directive, TIME.exec(rest)?.[1]);
    if (directive !== null) this.#counts.skipped += 1;
    else if (ok) this.#counts.passed += 1;
    else this.#fail(indent, name);
  }

  #push(indent, name) {
    const { passed, failed, skipped } = this.#counts;
    while (this.#open.length > 0 && this.#open.at(-1).indent >= indent) this.#open.pop();
    this.#open.push({ indent, name, passed, failed, skipped });
  }

  /** A file that bails out ends the run; tap repeats the line at each level above. */
  #bailOut(indent, line) {
    if (!this.#bailed) this.#fail(indent, line);
    this.#bailed = true;
  }

  /** The result line of the innermost open subtest: only a failure that nothing inside explains counts. */
  #close(ok, directive, timeMs) {
    const frame = this.#open.at(-1);
    const counts = this.#counts;
    const isFile = frame.indent === 0;
    const empty = counts.passed + counts.failed + counts.skipped === frame.passed + frame.failed + frame.skipped;
    if (!ok && directive === null && counts.failed === frame.failed) this.#fail(frame.indent + 1, 'failed');
    else if (isFile && empty && (directive === null || directive[2] === 'no tests found'))
      this.#fail(1, 'has no assertions');
    else if (empty && directive !== null) counts.skipped += 1;
    if (isFile) {
      const passed = counts.passed - frame.passed;
      const failed = counts.failed - frame.failed;
      const seconds = timeMs === undefined ? '' : ` (${(Number(timeMs) / 1000).toFixed(1)} s)`;
      const mark = failed > 0 ? 'FAILED' : 'ok    ';
      this.#print(`${mark} ${sourceName(frame.name)}: ${passed} passed, ${failed} failed${seconds}`);
    }
    this.#open.pop();
  }

  #fail(indent, name) {
    const inside = this.#open.filter((frame) => frame.indent < indent).map((frame) => sourceName(frame.name));
    const path = [...inside, name].join(' > ');
    this.#counts.failed += 1;
    this.#counts.failures.push(path);
    this.#print(`    not ok: ${path}`);
    if (this.#lastPoint !== null) this.#lastPoint.show = true;
  }
}

function sourceName(name) {
  return name.replace(/^dist\/(test\/.*)\.js$/, '$1.ts');
}
