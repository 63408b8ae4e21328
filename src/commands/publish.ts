import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { loadLoggable } from '../app/read-district.js';
import { readToken } from '../config.js';
import { DistrictError, type DistrictFault } from '../district/faults.js';
import { PLAN_FILES } from '../district/read-files.js';
import { BeatwatchError } from '../model/errors.js';
import type { Names } from '../model/plan.js';
import { instantMs, type Options, usageError, serverUrl } from './options.js';
import { askServer, patientAsk } from './server-answers.js';
import { stopSignal } from './stopping.js';

/** Options of `beatwatch district publish`. */
export const PUBLISH_OPTIONS = {
  url: {
    type: 'string',
    value: 'URL',
    help: 'publish, order, end, roster: the server; default: http://127.0.0.1:8080',
  },
  'in-force': {
    type: 'string',
    value: '2026-11-24T08:00:00+08:00',
    help: 'publish: when it takes effect, 60 s to 10 days ahead; default: in two minutes',
  },
  reason: { type: 'string', value: 'TEXT', help: 'publish, end: why; it stands in the history of plans' },
  yes: { type: 'boolean', help: 'publish: do not ask' },
  json: { type: 'boolean', help: 'publish, order, end, roster: one JSON object a line on stdout' },
} as const;

/** By the clock of the server. */
const DEFAULT_LEAD_MS = 120_000;

/** What the answer to a draft holds, as far as it is told. */
interface Draft {
  readonly sourceSha256: string;
  readonly newest: { readonly sourceSha256: string } | null;
  readonly warnings: readonly object[];
  readonly changes: { readonly total: number; readonly items: readonly { readonly sentence: Names }[] };
  readonly closes: {
    readonly total: number;
    readonly items: readonly {
      readonly why: string;
      readonly alert: { readonly alertId: string; readonly sentence: Names };
    }[];
  };
}
interface Published {
  readonly plan?: { readonly version: number; readonly inForceFromMs: number };
  readonly stale?: { readonly detail: string };
}

/**
 * Drafts the files of a folder on a server, tells what they would change, asks, and publishes them. 0: published, or the newest plan is of
 * these files already. 1: somebody said no. Rejects with a `DistrictError` for files that are wrong here.
 */
export async function publishFolder(folder: string, options: Options): Promise<number> {
  const reason = options.text('reason');
  if (reason === null || reason.trim() === '') throw usageError('--reason is missing, expected why the plan changes');
  const inForce = options.text('in-force');
  const wantedMs = inForce === null ? null : instantMs('in-force', inForce);
  const isAsking = !options.flag('yes');
  if (isAsking && process.stdin.isTTY !== true) throw usageError('--yes is missing, and there is no terminal to ask');
  const { id } = await loadLoggable(folder, Date.now());
  const url = serverUrl(options);
  const token = readToken();
  const path = `${url}/v1/districts/${encodeURIComponent(id)}`;
  const files = await Promise.all(PLAN_FILES.map(async (name) => [name, await readText(join(folder, name))] as const));
  const drafting = { method: 'PUT', body: { files: Object.fromEntries(files) } } as const;
  const draft = (await askServer(`${path}/plan`, token, null, drafting).catch((error: unknown) => {
    throw toDistrictError(folder, id, error);
  })) as Draft;
  const tell = tellerOf(options.flag('json'));
  tellDraft(draft, tell);
  if (draft.newest?.sourceSha256 === draft.sourceSha256) {
    tell({ type: 'ok', district: id, changes: 0 }, `The newest plan of ${id} is of these files already.`);
    return 0;
  }
  const { nowMs } = (await askServer(path, token, null)) as { readonly nowMs: number };
  const from = wantedMs ?? nowMs + DEFAULT_LEAD_MS;
  if (isAsking && !(await isConfirmed(`Publish it for ${id}, in force from ${isoText(from)}? [y/N] `))) {
    process.stderr.write('Nothing was published.\n');
    return 1;
  }
  // Made once: an attempt whose answer is lost is the same publication.
  const actionId = randomUUID().replaceAll('-', '');
  const { sourceSha256, newest } = draft;
  const body = { sourceSha256, basedOn: newest?.sourceSha256 ?? null, from, reason, actionId };
  const signal = stopSignal();
  const publish = patientAsk((below, said) => askServer(`${path}${below}`, token, null, { body: said, signal }), {
    signal,
    onTrouble: (message) => process.stderr.write(`${message}: trying again\n`),
  });
  const { plan, stale } = (await publish('/plan/publish', body)) as Published;
  const said =
    plan === undefined
      ? `It is in the log of ${id}, and no engine has taken it up yet: ${stale?.detail ?? 'nobody says why'}`
      : `Version ${plan.version} of ${id} takes effect at ${isoText(plan.inForceFromMs)}.`;
  tell({ type: 'published', district: id, sourceSha256, from, actionId, version: plan?.version ?? null }, said);
  return 0;
}

/** A draft that the server refuses for faults that this program does not find: it is older or newer, or has another district. */
function toDistrictError(folder: string, district: string, error: unknown): unknown {
  if (!(error instanceof BeatwatchError) || error.code !== 'refused' || error.details.status !== 422) return error;
  const { details } = JSON.parse(String(error.details.body)) as {
    readonly details: { readonly faults: readonly DistrictFault[]; readonly unlisted: number };
  };
  return new DistrictError(folder, details.faults, details.unlisted, district);
}

type Tell = (line: object, text: string) => void;

function tellerOf(json: boolean): Tell {
  return (line, text) => void process.stdout.write(`${json ? JSON.stringify(line) : text}\n`);
}

function tellDraft({ warnings, changes, closes }: Draft, tell: Tell): void {
  for (const warning of warnings) tell({ type: 'warning', ...warning }, `Warning: ${Object.values(warning).join(' ')}`);
  for (const change of changes.items) tell({ type: 'change', ...change }, inWords(change.sentence));
  tellRest(changes, 'changes', tell);
  for (const { why, alert } of closes.items)
    tell({ type: 'closes', why, ...alert }, `Ends an open alert (${why}): ${inWords(alert.sentence)}`);
  tellRest(closes, 'open alerts', tell);
}

function tellRest({ total, items }: Draft['changes'] | Draft['closes'], what: string, tell: Tell): void {
  const more = total - items.length;
  if (more > 0) tell({ type: 'more', of: what, count: more }, `and ${more} more ${what}`);
}

function inWords({ zh, en }: Names): string {
  return `${zh}  ${en}`;
}

/** The text of a file that was read before as UTF-8; a byte order mark stays, for the digest is over all bytes. */
async function readText(path: string): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path));
}

async function isConfirmed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes|是)$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

function isoText(ms: number): string {
  return new Date(ms).toISOString();
}
