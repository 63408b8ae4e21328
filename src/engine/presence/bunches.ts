/** Two units that are near one another. */
export type UnitPair = readonly [string, string];

/**
 * The units that are, with at least `atLeast - 1` others, all near one another: a sorted list for each bunch, by its first unit. Two bunches
 * that share a unit are one.
 */
export function bunchesAmong(pairs: readonly UnitPair[], atLeast: number): readonly (readonly string[])[] {
  if (pairs.length < (atLeast * (atLeast - 1)) / 2) return [];
  const near = nearOf(pairs);
  const members = [...near.keys()].filter((unit) => isInBunch(near, [unit], candidatesOf(near, unit), atLeast)).sort();
  const left = new Set(members);
  const bunches: string[][] = [];
  for (const unit of members) {
    if (!left.delete(unit)) continue;
    const bunch = [unit];
    for (const one of bunch) for (const other of candidatesOf(near, one)) if (left.delete(other)) bunch.push(other);
    bunches.push(bunch.sort());
  }
  return bunches;
}

function nearOf(pairs: readonly UnitPair[]): ReadonlyMap<string, ReadonlySet<string>> {
  const near = new Map<string, Set<string>>();
  const add = (unit: string, other: string): void => {
    near.set(unit, (near.get(unit) ?? new Set<string>()).add(other));
  };
  for (const [a, b] of pairs) {
    add(a, b);
    add(b, a);
  }
  return near;
}

function candidatesOf(near: ReadonlyMap<string, ReadonlySet<string>>, unit: string): readonly string[] {
  return [...(near.get(unit) ?? [])].sort();
}

/** Whether so many units that are all near one another can be found: those chosen, and more of the candidates, each near all that are chosen. */
function isInBunch(
  near: ReadonlyMap<string, ReadonlySet<string>>,
  chosen: readonly string[],
  candidates: readonly string[],
  atLeast: number,
): boolean {
  if (chosen.length >= atLeast) return true;
  if (chosen.length + candidates.length < atLeast) return false;
  return candidates.some((unit, i) => {
    const others = candidates.slice(i + 1).filter((other) => near.get(unit)?.has(other) === true);
    return isInBunch(near, [...chosen, unit], others, atLeast);
  });
}
