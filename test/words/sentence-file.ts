import { readFileSync, writeFileSync } from 'node:fs';
import { SUBJECT_KINDS } from '../../src/model/alert-id.js';
import type { AlertRule, AlertVersion } from '../../src/model/alert.js';
import type { Names } from '../../src/model/plan.js';
import { clockTimes } from '../../src/protocol/words/clock-times.js';
import { sentenceOf } from '../../src/protocol/words/sentence.js';
import { TIME_ZONE } from './district.js';
import { everyChange } from './every-change.js';
import { playDay } from './day.js';

const FILE = new URL('../../../test/words/sentences.md', import.meta.url);

/** A version of an alert, and what people read of it. */
export interface Said {
  readonly version: AlertVersion;
  readonly sentence: Names;
}

export const ALERT_RULES = Object.keys(SUBJECT_KINDS) as readonly AlertRule[];

/** All that the day says, in order of time. */
export function saidOnTheDay(): readonly Said[] {
  return playDay().map(said);
}

/** All that alerts of a rule can say, by what has changed. */
export function saidOf(rule: AlertRule): readonly Said[] {
  return everyChange(rule).map(said);
}

function said(version: AlertVersion): Said {
  return { version, sentence: sentenceOf(version, TIME_ZONE) };
}

/** The page with every sentence, as the code makes it. */
export function sentencePage(): string {
  const lines = [
    '# What alerts say',
    '',
    'Every sentence that an alert can make, in Chinese and English: first a day as the engine plays it, then each rule with every change that its',
    'alerts can have. Made by `UPDATE_SENTENCES=1 node dist/test/words/sentences-main.js`; a test holds it to the code. Read it aloud when it changes.',
    '',
    '## A day',
  ];
  for (const { version, sentence } of saidOnTheDay())
    lines.push('', ...linesOf(`${timeOf(version)} ${labelOf(version)}`, sentence));
  for (const rule of ALERT_RULES) {
    lines.push('', `## ${rule}`);
    const known = new Set<string>();
    for (const { version, sentence } of saidOf(rule)) {
      if (known.has(sentence.zh)) continue;
      known.add(sentence.zh);
      lines.push('', ...linesOf(labelOf(version), sentence));
    }
  }
  return `${lines.join('\n')}\n`;
}

export function committedPage(): string {
  return readFileSync(FILE, 'utf8');
}

export function writePage(page: string): void {
  writeFileSync(FILE, page);
}

function linesOf(label: string, { zh, en }: Names): string[] {
  return [`- ${label}`, `  - ${zh}`, `  - ${en}`];
}

function timeOf({ atMs }: AlertVersion): string {
  return clockTimes(TIME_ZONE, atMs)(atMs).en;
}

function labelOf({ rule, change, cause, certainty, severity }: AlertVersion): string {
  return `${rule} ${change} (${[cause, ...(certainty === 'certain' ? [] : [certainty]), severity].join(', ')})`;
}
