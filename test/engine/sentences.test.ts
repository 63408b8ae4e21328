import t from 'tap';
import { sentenceOf } from '../../src/engine/lib/sentences.js';
import type { AlertRule } from '../../src/model/alert.js';

t.test('each alert can be read in both languages', async (t) => {
  const rules: Record<AlertRule, { readonly place: boolean; readonly unit: boolean }> = {
    'zone-gap': { place: true, unit: false },
    'checkpoint-gap': { place: true, unit: false },
    'route-gap': { place: true, unit: false },
    'dwell-short': { place: true, unit: true },
    'dwell-long': { place: false, unit: true },
    'tracker-silence': { place: false, unit: true },
    'network-outage': { place: false, unit: false },
    'tracker-useless': { place: false, unit: true },
    sos: { place: true, unit: true },
  };
  const seen = new Set<string>();
  for (const [rule, names] of Object.entries(rules)) {
    for (const condition of ['active', 'cleared', 'retracted'] as const) {
      for (const certainty of ['uncovered', 'unknown', 'certain'] as const) {
        const { zh, en } = sentenceOf({
          rule: rule as AlertRule,
          condition,
          certainty,
          occurrence: 1,
          chattering: false,
          place: { zh: '校门', en: 'School gate' },
          unit: 'P-07',
          lastedMs: 3_723_000,
          thresholdMs: 90_000,
          evidence: { position: { lng: 116.1, lat: 24.27, sigmaM: 8, eventTimeMs: 0 }, ageMs: 3_723_000 },
        });
        const name = `${rule} ${condition} ${certainty}`;
        t.equal(zh.includes('校门'), names.place, name);
        t.equal(en.includes('School gate'), names.place, name);
        t.equal(zh.includes('P-07'), names.unit, name);
        t.equal(en.includes('P-07'), names.unit, name);
        t.match(zh, /1小时2分.*。$/, name);
        t.match(en, /1 h 2 min.*\.$/, name);
        t.match(en, /^[\x20-\x7e]+$/, name);
        if (certainty !== 'certain' || !rule.endsWith('-gap')) seen.add(zh);
      }
    }
  }
  t.equal(seen.size, 3 * (3 * 2 + 5) + 2, 'and no two of them say the same; a call is never taken back');
  const stand = {
    rule: 'dwell-long',
    condition: 'active',
    certainty: 'certain',
    occurrence: 1,
    chattering: false,
    place: null,
    unit: 'P',
    lastedMs: 59_999,
    thresholdMs: 60_000,
    evidence: {},
  } as const;
  t.match(sentenceOf(stand), { zh: /59秒（上限1分钟）。$/, en: /59 s \(limit 1 min\)\.$/ });
  t.match(sentenceOf({ ...stand, occurrence: 2 }), {
    zh: /59秒（第2次，上限1分钟）。$/,
    en: /59 s \(occurrence 2, limit 1 min\)\.$/,
  });
  t.match(sentenceOf({ ...stand, occurrence: 4, chattering: true, condition: 'cleared' }), {
    zh: /59秒（反复出现，第4次）。$/,
    en: /59 s \(comes and goes, occurrence 4\)\.$/,
  });
});
