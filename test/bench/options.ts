import { parseArgs } from 'node:util';

/** Reads options that are whole numbers from 1 to 99999: `--units 100`. Others, and other values, throw. */
export function numbersOf<Name extends string>(
  args: readonly string[],
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const names = Object.keys(defaults) as Name[];
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const number = (name: Name): number => {
    const text = String(values[name] ?? defaults[name]);
    if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
    throw new Error(`--${name}: got ${text}, expected a whole number from 1 to 99999`);
  };
  return Object.fromEntries(names.map((name) => [name, number(name)])) as Record<Name, number>;
}
