import type { Edit, FileName, Json } from './district-folder.js';

/** The faults that an edit of the Meixian fixture must give: all of them, each with a part of its reason. */
export interface Case {
  readonly what: string;
  readonly edits: readonly Edit[];
  readonly faults: readonly (readonly [file: FileName, path: string, ...reason: string[]])[];
}
export const one = (what: string, edit: Edit, path: string, ...reason: string[]): Case => ({
  what,
  edits: [edit],
  faults: [[edit[0], path, ...reason]],
});
export const places = (what: string, at: string, to: Json | undefined, path: string, ...reason: string[]) =>
  one(what, ['places.geojson', at, to], path, ...reason);
export const units = (what: string, at: string, to: Json | undefined, path: string, ...reason: string[]) =>
  one(what, ['units.json', at, to], path, ...reason);
export const plan = (what: string, at: string, to: Json | undefined, path: string, ...reason: string[]) =>
  one(what, ['plan.json', at, to], path, ...reason);
