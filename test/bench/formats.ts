import { type FormatName, FORMAT_NAMES } from '../../src/formats/formats.js';
import { writeRecords } from '../../src/formats/write-records.js';
import type { TraceFix } from '../../src/model/trace.js';
import { custody, traceFix } from '../formats/sample-trace.js';
import { START_MS } from '../formats/support.js';

const ROWS = 1_000_000;
const UNITS = 100;
const OPTIONS = { custody: custody(), timeZone: 'Asia/Shanghai' };

/** What a million fixes cost in each format: cpu, bytes, and the most memory of the process above what it had before. */
export async function benchFormats(): Promise<void> {
  console.log(`formats: ${ROWS} fixes of ${UNITS} units, taken as fast as they come`);
  for (const format of FORMAT_NAMES) await benchFormat(format);
}

async function benchFormat(format: FormatName): Promise<void> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const start = process.cpuUsage();
  let [bytes, chunks, most] = [0, 0, before];
  for await (const chunk of writeRecords(format, 'traces', fixes(), OPTIONS)) {
    bytes += Buffer.byteLength(chunk);
    chunks += 1;
    if (chunks % 16 === 1) most = Math.max(most, process.memoryUsage.rss());
  }
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const mib = (n: number): string => (n / 2 ** 20).toFixed(0);
  console.log(
    `  ${format.padEnd(10)} ${seconds.toFixed(1)} cpu s, ${(bytes / ROWS).toFixed(1)} bytes a fix, ${mib(most - before)} MiB above ${mib(before)} MiB`,
  );
}

/** Each unit drives on, a fix a second, with the fields that a tracker has. */
function* fixes(): Generator<TraceFix> {
  for (let i = 0; i < ROWS; i += 1) {
    const second = i % (ROWS / UNITS);
    yield traceFix({
      unit: `unit-${1_000 + Math.floor(i / (ROWS / UNITS))}`,
      tracker: `tracker-${1_000 + Math.floor(i / (ROWS / UNITS))}`,
      eventTimeMs: START_MS + second * 1_000,
      lng: Math.round(1_160_000_000 + second * 731) / 1e7,
      lat: Math.round(242_000_000 + second * 377) / 1e7,
      altitudeM: 80 + (second % 50) / 10,
      speedMps: (second % 1_500) / 100,
      courseDeg: (second * 7) % 360,
      satellites: 9 + (second % 5),
      hdop: 0.9,
      ignition: true,
    });
  }
}
