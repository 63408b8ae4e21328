import t from 'tap';
import { exportFileName, FORMATS, FORMAT_NAMES, formatsOf } from '../../src/formats/formats.js';

t.test('every kind of row has formats that carry it', async (t) => {
  t.strictSame(formatsOf('traces'), FORMAT_NAMES);
  t.strictSame(formatsOf('visits'), ['geojson', 'csv', 'ndjson', 'parquet', 'xlsx']);
});

t.test('an exported file is named by what is in it, in characters that every system takes', async (t) => {
  const o = {
    district: 'meixian',
    what: 'traces',
    fromMs: Date.UTC(2026, 10, 24),
    toMs: Date.UTC(2026, 10, 25, 1, 2, 3, 4),
  };
  t.equal(
    exportFileName({ ...o, format: 'mf-json' }),
    'beatwatch-meixian-traces-20261124T000000Z-20261125T010203Z.mf.json',
  );
  const names = FORMAT_NAMES.map((format) => exportFileName({ ...o, format }));
  t.equal(new Set(names).size, names.length);
  for (const name of names) t.match(name, /^[\w.-]+$/);
});

t.test('every format has a media type and an extension', async (t) => {
  for (const [name, { mediaType, extension }] of Object.entries(FORMATS)) {
    t.match(mediaType, /^(text|application)\/[\w.+-]+(; [\w-]+=[\w-]+)*$/, name);
    t.match(extension, /^[a-z.]+$/, name);
  }
});
