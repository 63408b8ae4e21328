import { writeFileSync } from 'node:fs';
import { projectPath, readProject } from './project.js';

/**
 * Parts of a document that are made from the sources, each between `<!-- made: NAME -->` and `<!-- end -->`. A test compares them with what
 * the sources say now; with UPDATE_README=1 it writes them instead.
 */
const SECTION = /<!-- made: ([a-z0-9./-]+) -->\n([\s\S]*?)<!-- end -->/g;

export const UPDATING = process.env.UPDATE_README === '1';

export function sectionsOf(document: string): ReadonlyMap<string, string> {
  return new Map([...readProject(document).matchAll(SECTION)].map(([, name = '', body = '']) => [name, body.trim()]));
}

export function writeSections(document: string, made: ReadonlyMap<string, string>): void {
  const text = readProject(document).replace(SECTION, (whole: string, name: string) => {
    const body = made.get(name);
    return body === undefined ? whole : `<!-- made: ${name} -->\n\n${body}\n\n<!-- end -->`;
  });
  writeFileSync(projectPath(document), text);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

export function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}
