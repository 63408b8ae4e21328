import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Invariant } from './check/violation.js';
import type { Scenario } from './scenario.js';

/** A scenario that broke a promise once, or does without a mechanism. */
export interface Case {
  /** What it is about, for people. */
  readonly what: string;
  /** The promise that it broke. */
  readonly invariant: Invariant;
  /** The mechanism without which it breaks it; null: it broke it as the product was then. */
  readonly broken: string | null;
  readonly scenario: Scenario;
}

export const CASES_FOLDER = join(rootAbove(import.meta.dirname), 'test/campaign/cases');

export function readCases(): { readonly file: string; readonly one: Case }[] {
  const files = readdirSync(CASES_FOLDER).filter((name) => name.endsWith('.json'));
  return files.sort().map((file) => ({ file, one: readCase(join(CASES_FOLDER, file)) }));
}

export function readCase(path: string): Case {
  return JSON.parse(readFileSync(path, 'utf8')) as Case;
}

/** Answers where it lies, below the project's root. */
export function writeCase(name: string, one: Case): string {
  mkdirSync(CASES_FOLDER, { recursive: true });
  const file = `${name.replace(/[^a-z0-9]+/g, '-')}.json`;
  writeFileSync(join(CASES_FOLDER, file), caseText(one));
  return join('test/campaign/cases', file);
}

/** JSON with one fix, delivery or fault a line, so that a difference can be read. */
function caseText({ scenario, ...about }: Case): string {
  const fields = Object.entries(scenario).map(([name, value]) => {
    if (!Array.isArray(value) || value.length === 0) return `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    const lines = value.map((item) => `      ${JSON.stringify(item)}`);
    return `    ${JSON.stringify(name)}: [\n${lines.join(',\n')}\n    ]`;
  });
  const head = Object.entries(about).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{\n${head.join(',\n')},\n  "scenario": {\n${fields.join(',\n')}\n  }\n}\n`;
}

function rootAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootAbove(dirname(folder));
}
