import type { FilesRead } from '../../district/read-files.js';
import type { CompiledPlan } from '../../model/plan.js';
import { checkFolder, type FolderCheck } from './check-folder.js';

/** What the page and its worker say to each other. */
export interface CheckQuestion {
  readonly files: FilesRead;
  readonly nowMs: number;
  readonly inForce: CompiledPlan | null;
}

/** The part of a worker's scope that is used. */
interface Scope {
  onmessage: ((event: { readonly data: CheckQuestion }) => void) | null;
  postMessage(answer: FolderCheck): void;
}

const scope = globalThis as unknown as Scope;
scope.onmessage = ({ data }) => scope.postMessage(checkFolder(data.files, data.nowMs, data.inForce));
