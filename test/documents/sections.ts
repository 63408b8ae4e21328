import { writeFileSync } from 'node:fs';
import { DOCUMENTS, projectPath, readProject } from './project.js';

/**
 * The part of a document that is made from the sources stands between `<!-- made: NAME -->` and `<!-- end -->`; its name is used once in
 * all documents. A test compares it with what the sources say now; with UPDATE_DOCUMENTS=1 it writes it instead.
 */
const SECTION = /<!-- made: ([a-z0-9./-]+) -->\n([\s\S]*?)<!-- end -->/g;

export const UPDATING = process.env.UPDATE_DOCUMENTS === '1';

/** The made parts of all documents, by name. Throws when a name is used twice. */
export function madeSections(): ReadonlyMap<string, string> {
  const sections = new Map<string, string>();
  for (const document of DOCUMENTS) {
    for (const [, name = '', body = ''] of readProject(document).matchAll(SECTION)) {
      if (sections.has(name)) throw new Error(`${document}: got a second part "made: ${name}", expected one`);
      sections.set(name, body.trim());
    }
  }
  return sections;
}

/** Writes each made part into the document that has its marks. */
export function writeSections(made: ReadonlyMap<string, string>): void {
  for (const document of DOCUMENTS) {
    const text = readProject(document).replace(SECTION, (whole: string, name: string) => {
      const body = made.get(name);
      return body === undefined ? whole : `<!-- made: ${name} -->\n\n${body}\n\n<!-- end -->`;
    });
    writeFileSync(projectPath(document), text);
  }
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
