import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Invariant } from './check/violation.js';
import type { Scenario } from './scenario.js';

/** A scenario that broke a promise once, or does without a mechanism. */
export interface Case {
  /** What it shows: what went wrong, or what is true without the mechanism. */
  readonly what: string;
  /** The promise that it broke. */
  readonly invariant: Invariant;
  /** The mechanism without which it breaks it; null: it broke it as the product was then. */
  readonly broken: string | null;
  readonly scenario: Scenario;
}

/** Of the formatter. */
const LINE_WIDTH = 120;

export const CASES_FOLDER = join(rootAbove(import.meta.dirname), 'test/campaign/cases');

export function readCases(): { readonly file: string; readonly one: Case }[] {
  const files = readdirSync(CASES_FOLDER).filter((name) => name.endsWith('.json'));
  return files.sort().map((file) => ({ file, one: readCase(join(CASES_FOLDER, file)) }));
}

export function readCase(path: string): Case {
  if (!existsSync(path)) throw new Error(`got no file ${path}, expected a case, such as those in test/campaign/cases`);
  return JSON.parse(readFileSync(path, 'utf8')) as Case;
}

/** Answers where it lies, below the project's root. */
export function writeCase(name: string, one: Case): string {
  mkdirSync(CASES_FOLDER, { recursive: true });
  const file = `${name.replace(/[^a-z0-9]+/g, '-')}.json`;
  writeFileSync(join(CASES_FOLDER, file), `${jsonText(one)}\n`);
  return join('test/campaign/cases', file);
}

/** JSON as the formatter wants it: what fits stands on one line, so that a fix, a delivery or a fault is one. */
function jsonText(value: unknown, indent = '', room = LINE_WIDTH): string {
  const short = oneLine(value);
  const isLeaf = typeof value !== 'object' || value === null;
  if (isLeaf || (indent !== '' && short.length <= room)) return short;
  const deeper = `${indent}  `;
  if (!Array.isArray(value)) {
    const fields = Object.entries(value).map(([name, field], index, all) => {
      const key = `${deeper}${JSON.stringify(name)}: `;
      const comma = index < all.length - 1 ? 1 : 0;
      return key + jsonText(field, deeper, LINE_WIDTH - key.length - comma);
    });
    return `{\n${fields.join(',\n')}\n${indent}}`;
  }
  if (value.every((item) => typeof item === 'number')) return `[\n${filled(value, deeper)}\n${indent}]`;
  const items = value.map((item, index) => {
    const comma = index < value.length - 1 ? 1 : 0;
    return deeper + jsonText(item, deeper, LINE_WIDTH - deeper.length - comma);
  });
  return `[\n${items.join(',\n')}\n${indent}]`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${oneLine(field)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

/** As many numbers a line as fit. */
function filled(numbers: readonly number[], indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const [index, number] of numbers.entries()) {
    const word = index < numbers.length - 1 ? `${number},` : String(number);
    const isFirst = line === indent;
    if (!isFirst && line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = indent + word;
    } else line += isFirst ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}

function rootAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootAbove(dirname(folder));
}
