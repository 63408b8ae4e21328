import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWholeFile } from '../files/whole-file.js';
import { ARCHIVE_FORMAT, ARCHIVE_TABLES, VERSION_TABLES } from './manifest-line.js';
import { TABLES } from './tables.js';

export const README_FILE = 'README.md';
export const SCHEMA_FILE = 'schema.json';

/**
 * Leaves in an archive's folder what somebody needs to read it without this program: a README, and the tables as JSON. Each file is
 * written whole or not at all, and only where it does not say so already. Nothing is signed by them and nothing reads them.
 */
export async function describeItself(folder: string, district: string): Promise<void> {
  await keep(folder, README_FILE, readme(district));
  await keep(folder, SCHEMA_FILE, `${JSON.stringify(archiveSchema(), null, 2)}\n`);
}

/** The tables of an archive for programs: columns in their order, with their types in DuckDB's words, and the order of the rows. */
export function archiveSchema(): object {
  const tables = [...ARCHIVE_TABLES, ...VERSION_TABLES].map((table) => {
    const { columns, orderBy } = TABLES[table];
    const described = columns.map(({ name, sqlType, stored, meaning }) => ({
      name,
      type: stored === undefined ? sqlType : 'TIMESTAMP_MS',
      is: meaning,
    }));
    return { table, files: `parts/*.${table}.parquet`, sortedBy: orderBy.split(', '), columns: described };
  });
  return { format: ARCHIVE_FORMAT, tables };
}

function readme(district: string): string {
  return `# Archive of the district ${district}

Beatwatch wrote this folder: it holds what trackers of police vehicles reported, what people did, and what the server concluded. Positions
of officers are personal data. Keep the folder as closed as the server keeps it.

- \`manifest/\`: one signed line a file, numbered without holes. A line names the files of one part, with their SHA-256, and the line before it.
- \`parts/\`: Apache Parquet files. The word before \`.parquet\` names the table. \`schema.json\` names each table's columns, types and order.
  A file that ends in \`.snapshot\` is the server's state at a day's beginning, of use to Beatwatch alone.
- \`heads/\`: what the archive had come to on a day, signed. Copies belong on another machine.

A line of the kind \`compaction\` stands for the lines in its field \`replaces\`: their files hold the same rows once more, or are gone.
So a reader takes the files of the lines that no other line replaces. For example with DuckDB, in this folder:

\`\`\`sql
CREATE VIEW lines AS SELECT * FROM read_json('manifest/*.json');
SELECT file.name FROM (SELECT unnest(files) AS file FROM lines WHERE line NOT IN (SELECT unnest(replaces) FROM lines)) WHERE file."table" = 'fixes';
\`\`\`

| table | has |
| --- | --- |
| \`fixes\` | every fix that was taken, positions as integers of 1e-7 degree, WGS-84; an instant is \`epoch_ms(event_time) + event_milli\` |
| \`reports\` | the reports that have refused fixes, or none that was taken; the others stand in \`fixes\` |
| \`entries\` | every other entry of the log in its order: plans, actions, who read what, ticks |
| \`visits\`, \`alerts\` | every version of each visit and alert, the whole version as JSON in the last column |

Times are UTC. NULL means "not said", never 0. Versions are numbered over the district (\`transition\`); \`previous\` names the version that one
replaced. \`beatwatch verify\` checks the whole folder against the public key, without a server or a network.
`;
}

async function keep(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  if ((await readFile(path, 'utf8').catch(() => null)) === text) return;
  await writeWholeFile(path, text);
}
