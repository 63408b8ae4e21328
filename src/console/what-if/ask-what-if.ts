import { type FilesRead, PLAN_FILES } from '../../district/read-files.js';
import type { WhatIf } from '../../model/what-if.js';
import type { Ask } from '../socket/ask.js';

export interface WhatIfWish {
  /** Alerts of `[fromMs, toMs)` are counted, log time. */
  readonly fromMs: number;
  readonly toMs: number;
  /** How many people act on them. */
  readonly operators: number;
}

/**
 * Hands the files of a folder to the server as a draft, by which nothing changes, and asks what their plan would have told over recorded hours.
 * Throws an AskError.
 */
export async function askWhatIf(
  ask: Ask,
  district: string,
  files: FilesRead,
  { fromMs, toMs, operators }: WhatIfWish,
  signal: AbortSignal,
): Promise<WhatIf> {
  const path = `/v1/districts/${district}`;
  const draft = { files: textsOf(files) };
  const { sourceSha256 } = (await ask(`${path}/plan`, { method: 'PUT', body: draft, signal })) as {
    readonly sourceSha256: string;
  };
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  return (await ask(`${path}/what-if`, { body: { sourceSha256, from, to, operators }, signal })) as WhatIf;
}

function textsOf(files: FilesRead): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const name of PLAN_FILES) {
    const read = files.get(name);
    if (read instanceof Uint8Array) texts[name] = new TextDecoder().decode(read);
  }
  return texts;
}
