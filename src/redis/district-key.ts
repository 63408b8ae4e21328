/** Name of a district's key; the hash tag keeps all of a district in one slot of a cluster. `hot/keys.ts` lists them all. */
export function districtKey(district: string, name: string): string {
  return `bw:{${district}}:${name}`;
}
