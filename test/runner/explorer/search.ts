import { isSettled, stepViolation, violation } from './invariants.js';
import { transitions } from './transitions.js';
import { type Bounds, firstWorld, type World, worldKey } from './world.js';

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  readonly settled: number;
  /** The shortest way to something that must not be; null: there is none. */
  readonly found: { readonly what: string; readonly trace: readonly string[] } | null;
}

/** Most states that a test may visit: more is a mistake in its bounds. */
export const MAX_STATES = 5_000_000;

/**
 * Every world that can come about within the bounds, breadth first. Found is a world or a step that breaks an invariant, or a
 * world from which no way leads to one in which everything is committed.
 */
export function explore(bounds: Bounds): Exploration {
  const numbers = new Map<string, number>();
  const parents: number[] = [];
  const labels: string[] = [];
  const edges: number[] = [];
  const settled: number[] = [];
  const traceTo = (number: number, last: readonly string[] = []): string[] => {
    const trace = [...last];
    for (let at = number; at > 0; at = parents[at] as number) trace.unshift(labels[at] as string);
    return trace;
  };
  const add = (key: string, parent: number, label: string): number => {
    const number = numbers.size;
    if (number === MAX_STATES) throw new Error(`got more than ${MAX_STATES} states`);
    numbers.set(key, number);
    parents.push(parent);
    labels.push(label);
    return number;
  };
  const result = (found: Exploration['found']): Exploration => ({
    states: numbers.size,
    steps: edges.length / 2,
    settled: settled.length,
    found,
  });

  const first = firstWorld(bounds);
  let layer: [number, World][] = [[add(worldKey(first), -1, ''), first]];
  while (layer.length > 0) {
    const nextLayer: [number, World][] = [];
    for (const [from, world] of layer) {
      if (isSettled(world, bounds)) settled.push(from);
      for (const { label, wrong, to } of transitions(world, bounds)) {
        const key = worldKey(to);
        const known = numbers.get(key);
        const number = known ?? add(key, from, label);
        edges.push(from, number);
        const what = wrong ?? stepViolation(world, to) ?? (known === undefined ? violation(to) : null);
        if (what !== null) return result({ what, trace: traceTo(from, [label]) });
        if (known === undefined) nextLayer.push([number, to]);
      }
    }
    layer = nextLayer;
  }
  const stuck = firstThatCannotReach(settled, edges, numbers.size);
  if (stuck === null) return result(null);
  return result({ what: 'no way leads to where everything is committed', trace: traceTo(stuck) });
}

/** The lowest number from which no edge leads on to any of the goals. Edges are pairs: from, to. */
function firstThatCannotReach(goals: readonly number[], edges: readonly number[], count: number): number | null {
  const firstOf = new Int32Array(count + 1);
  for (let i = 1; i < edges.length; i += 2) firstOf[edges[i] as number] = (firstOf[edges[i] as number] as number) + 1;
  for (let i = 0, sum = 0; i <= count; i += 1) {
    sum += firstOf[i] as number;
    firstOf[i] = sum;
  }
  const sources = new Int32Array(edges.length / 2);
  for (let i = 0; i < edges.length; i += 2) {
    const to = edges[i + 1] as number;
    firstOf[to] = (firstOf[to] as number) - 1;
    sources[firstOf[to] as number] = edges[i] as number;
  }
  const reaches = new Uint8Array(count);
  const stack = [...goals];
  for (const goal of goals) reaches[goal] = 1;
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (let i = firstOf[at] as number; i < (firstOf[at + 1] as number); i += 1) {
      const source = sources[i] as number;
      if (reaches[source] === 1) continue;
      reaches[source] = 1;
      stack.push(source);
    }
  }
  const stuck = reaches.indexOf(0);
  return stuck < 0 ? null : stuck;
}
