const DELIMITERS = [',', ';', '\t', '|'] as const;

/**
 * What separates the columns of a CSV: the separator by which the header has most of the wanted columns, and of those the one
 * that comes most often. The comma where nothing tells.
 */
export function delimiterOf(header: string, columns: readonly string[]): (typeof DELIMITERS)[number] {
  const plain = header.replace(/"(?:[^"]|"")*"/g, (quoted) => quoted.replace(/[,;\t|]/g, ' '));
  const scores = DELIMITERS.map((delimiter) => {
    const names = splitHeader(header, delimiter);
    const found = columns.filter((column) => names.includes(column)).length;
    return { delimiter, found, parts: plain.split(delimiter).length };
  });
  return scores.reduce((best, one) =>
    one.found > best.found || (one.found === best.found && one.parts > best.parts) ? one : best,
  ).delimiter;
}

/** The names as the header says them, quotes taken off. */
function splitHeader(header: string, delimiter: string): string[] {
  const names: string[] = [];
  let name = '';
  let quoted = false;
  for (const char of header) {
    if (char === '"') quoted = !quoted;
    if (char === delimiter && !quoted) {
      names.push(name);
      name = '';
    } else name += char;
  }
  return [...names, name].map((one) =>
    one
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .replace(/""/g, '"'),
  );
}
