import { createHash } from 'node:crypto';
import { zipOf } from '../formats/zip.js';
import { canonicalJson } from '../model/canonical-json.js';
import { gathered, reportJson, reportXlsx, tableCsv } from './outputs.js';
import { reportPage } from './page/page.js';
import { periodOf, type ReportDay } from './period-of.js';
import { makeReport, REPORT_NAMES } from './report.js';

/** The layout of a pack; it rises when an older reader would misread a newer pack. */
export const PACK_FORMAT = 1;

/** Signs a manifest: the key of the archive does. */
export interface PackSigner {
  readonly kid: string;
  /** Ed25519, base64url. */
  sign(bytes: Uint8Array): string;
}

export interface PackFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a pack says of itself, in `manifest.json`. */
export interface PackManifest {
  readonly format: typeof PACK_FORMAT;
  readonly district: string;
  readonly day: string;
  readonly timeZone: string;
  /** SHA-256 of `record.json` without its line end: the digest of the settled day. */
  readonly recordSha256: string;
  readonly foldVersion: number;
  readonly plans: readonly { readonly version: number; readonly sourceSha256: string }[];
  /** All other files, by name. */
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  /** The key, and its signature of all other fields as canonical JSON; null: no key was at hand. */
  readonly kid: string | null;
  readonly signature: string | null;
}

/** What a pack of a day is called. */
export function packName({ district, day }: { readonly district: string; readonly day: string }): string {
  return `${district}-${day}`;
}

/**
 * The daily pack as a zip: the settled record, every report in every format, a page in each language, and a manifest with the SHA-256 of each.
 * The same day gives the same bytes, whoever makes it, wherever and whenever.
 */
export async function makePack(day: ReportDay, signer: PackSigner | null): Promise<Uint8Array> {
  const files = await packFiles(day);
  const manifest = { name: 'manifest.json', bytes: Buffer.from(`${canonicalJson(manifestOf(day, files, signer))}\n`) };
  const sums = [...files, manifest].map(({ name, bytes }) => `${sha256(bytes)}  ${name}\n`).join('');
  const all = [...files, manifest, { name: 'SHA256SUMS', bytes: Buffer.from(sums) }];
  const folder = packName(day.record);
  return zipOf(all.map(({ name, bytes }) => ({ name: `${folder}/${name}`, bytes })));
}

async function packFiles(day: ReportDay): Promise<PackFile[]> {
  const period = periodOf([day]);
  const reports = REPORT_NAMES.map((name) => makeReport(name, period));
  const files: PackFile[] = [
    { name: 'page.en.html', bytes: Buffer.from(reportPage(period, reports, 'en')) },
    { name: 'page.zh.html', bytes: Buffer.from(reportPage(period, reports, 'zh')) },
    { name: 'record.json', bytes: Buffer.from(`${canonicalJson(day.record)}\n`) },
    { name: 'reports.json', bytes: Buffer.from(reportJson(period, reports)) },
    { name: 'reports.xlsx', bytes: await gathered(reportXlsx(period, reports)) },
  ];
  for (const table of reports.flatMap(({ tables }) => tables))
    files.push({ name: `${table.name}.csv`, bytes: await gathered(tableCsv(table)) });
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function manifestOf(
  { record, recordSha256 }: ReportDay,
  files: readonly PackFile[],
  signer: PackSigner | null,
): PackManifest {
  const manifest = {
    format: PACK_FORMAT,
    district: record.district,
    day: record.day,
    timeZone: record.timeZone,
    recordSha256,
    foldVersion: record.foldVersion,
    plans: record.plans.map(({ version, sourceSha256 }) => ({ version, sourceSha256 })),
    files: files.map(({ name, bytes }) => ({ name, bytes: bytes.length, sha256: sha256(bytes) })),
    kid: signer?.kid ?? null,
  } as const;
  return { ...manifest, signature: signer?.sign(Buffer.from(canonicalJson(manifest))) ?? null };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
