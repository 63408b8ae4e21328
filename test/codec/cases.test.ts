import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseFix } from '../../src/codec/fix-parser.js';
import { decodeLogEntry, encodeLogEntry } from '../../src/codec/log-codec.js';
import { decodeServerMessage, decodeTrackerMessage, hexOf } from '../../src/codec/tracker-messages.js';
import { BeatwatchError } from '../../src/model/errors.js';
import { NOW_MS } from './arbitraries.js';
import { projectRoot } from './support.js';

/**
 * The corpus: `cases/<decoder>/<name>.hex` (bytes, and comments from # on) and beside it what the decoder must make of them, at
 * the instant NOW_MS. A log case's name begins with its kind. A new case is a .hex file and one run with UPDATE_CASES=1, which
 * writes the .json files anew: read the diff.
 */
const decoders: Readonly<Record<string, (bytes: Uint8Array, name: string) => unknown>> = {
  tracker: (bytes) => {
    const message = decodeTrackerMessage(bytes);
    if (message.kind === 'heartbeat') return message;
    const fixes = message.fixes.map((fix, index) => parseFix(fix, index, NOW_MS));
    return { kind: message.kind, reportId: hexOf(message.reportId), fixes };
  },
  server: (bytes) => {
    const message = decodeServerMessage(bytes);
    if (message.kind === 'welcome') return message;
    return { ...message, reportId: message.reportId === null ? null : hexOf(message.reportId) };
  },
  log: (bytes, name) => {
    const kind = name.slice(0, name.indexOf('.'));
    const entry = decodeLogEntry(kind, bytes);
    t.same(decodeLogEntry(kind, encodeLogEntry(entry)), entry, `${name} goes back to bytes and is the same again`);
    return entry;
  },
};

const root = join(projectRoot(), 'test/codec/cases');
for (const folder of readdirSync(root).sort()) {
  t.test(folder, async (t) => {
    const names = readdirSync(join(root, folder)).sort();
    const hexFiles = names.filter((name) => name.endsWith('.hex'));
    t.ok(hexFiles.length > 0, 'there are cases');
    for (const hexFile of hexFiles) {
      const name = hexFile.slice(0, -'.hex'.length);
      const got = outcome(folder, name, readHex(join(root, folder, hexFile)));
      const goldenPath = join(root, folder, `${name}.json`);
      if (process.env.UPDATE_CASES) writeFileSync(goldenPath, `${JSON.stringify(got, null, 2)}\n`);
      if (!existsSync(goldenPath)) t.fail(`${name}.json is missing`);
      else t.strictSame(got, JSON.parse(readFileSync(goldenPath, 'utf8')), name);
    }
    const orphans = names.filter((name) => name.endsWith('.json') && !names.includes(name.replace(/json$/, 'hex')));
    t.same(orphans, [], 'each .json has its .hex');
  });
}

function outcome(folder: string, name: string, bytes: Uint8Array): unknown {
  const decode = decoders[folder];
  if (decode === undefined) throw new Error(`cases/${folder}: no such decoder`);
  try {
    return decode(bytes, name);
  } catch (error) {
    if (!(error instanceof BeatwatchError)) throw error;
    const { reportId, column } = error.details;
    return {
      error: error.code,
      ...(reportId === undefined ? {} : { reportId }),
      ...(column === undefined ? {} : { column }),
    };
  }
}

function readHex(path: string): Uint8Array {
  const digits = readFileSync(path, 'utf8').replace(/#.*/g, '').replace(/\s/g, '');
  const bytes = Buffer.from(digits, 'hex');
  if (bytes.length * 2 !== digits.length) throw new Error(`${path}: got something that is no hex`);
  return bytes;
}
