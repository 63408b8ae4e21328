/**
 * JSON with one spelling a value: keys sorted by UTF-16 code unit, no white space, undefined properties left out (as
 * `JSON.stringify` does), so that equal values have equal bytes. Numbers must be finite; -0 is 0. Throws on what JSON cannot
 * say (NaN, bigint, functions, undefined in an array) and on objects that are not plain (Map, Date, typed arrays), which
 * JSON.stringify would spell as something else without a word.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`canonical JSON: got ${value}, expected a finite number`);
      return JSON.stringify(value);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? arrayJson(value) : objectJson(value);
    default:
      throw new TypeError(
        `canonical JSON: got ${typeof value}, expected null, boolean, number, string, array or object`,
      );
  }
}

function arrayJson(values: readonly unknown[]): string {
  const parts: string[] = [];
  for (const value of values) parts.push(canonicalJson(value));
  return `[${parts.join(',')}]`;
}

function objectJson(object: object): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`canonical JSON: got a ${object.constructor.name}, expected a plain object`);
  }
  const parts: string[] = [];
  const entries = Object.entries(object).sort(byKey);
  for (const [key, value] of entries) {
    if (value !== undefined) parts.push(`${JSON.stringify(key)}:${canonicalJson(value)}`);
  }
  return `{${parts.join(',')}}`;
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}
