/** A member of a value that may be no object; undefined: it has none of this name. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** The list of features in a file whose outside has another fault; null: it has none, or one of another length. */
export function featuresOf(
  value: unknown,
  { minItems, maxItems }: { readonly minItems: number; readonly maxItems: number },
): readonly unknown[] | null {
  const features = member(value, 'features');
  return Array.isArray(features) && features.length >= minItems && features.length <= maxItems ? features : null;
}
