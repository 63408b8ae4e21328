import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createKeyPair, loadSigningKey, PRIVATE_KEY_FILE } from '../access/keys.js';
import { MAX_TOKEN_LIFE_S, signToken } from '../access/tokens.js';
import { readConfig } from '../config.js';
import { ROLES } from '../model/roles.js';
import { durationMs, readOptions, usageError } from './options.js';

const USAGE = `beatwatch token --role ROLE --subject WHO --district ID [--district ID …] [--ttl 12h]
beatwatch token --new-keys

Prints a token on stdout, and its id (jti) on stderr. An admin can revoke the token by this id. The subject of a tracker's
token is the tracker's id. --new-keys makes private.jwk and public.jwks; only public.jwks belongs on a server.`;

const OPTIONS = {
  role: { type: 'string', value: ROLES.join('|'), help: 'what the bearer may do' },
  subject: { type: 'string', value: 'WHO', help: "tracker id, or a person's account" },
  district: { type: 'string', value: 'ID', multiple: true, help: 'district that the token covers' },
  ttl: { type: 'string', value: '12h', help: 'lifetime; default and maximum: a year for trackers, 12 h for people' },
  keys: { type: 'string', value: 'FOLDER', help: 'folder of the keys; default: `keys` in the data folder' },
  'new-keys': { type: 'boolean', help: 'make the key pair' },
} as const;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const folder = options.text('keys') ?? join(readConfig().dataFolder, 'keys');
  if (options.flag('new-keys')) {
    const { kid } = await createKeyPair(folder);
    process.stdout.write(`${JSON.stringify({ type: 'keys', folder, kid })}\n`);
    return 0;
  }
  const role = ROLES.find((known) => known === options.text('role'));
  if (role === undefined)
    throw usageError(`--role: got ${JSON.stringify(options.text('role'))}, expected ${ROLES.join(', ')}`);
  const subject = options.text('subject');
  const districts = options.texts('district');
  if (subject === null || districts.length === 0) throw usageError('got no --subject or no --district, expected both');
  const ttl = options.text('ttl');
  const [tokenId, nowMs] = [randomUUID(), Date.now()];
  const ttlS = ttl === null ? MAX_TOKEN_LIFE_S[role] : Math.floor(durationMs('ttl', ttl) / 1_000);
  const token = await signToken({
    key: await loadSigningKey(join(folder, PRIVATE_KEY_FILE)),
    role,
    subject,
    districts,
    ttlS,
    nowMs,
    tokenId,
  });
  process.stdout.write(`${token}\n`);
  const until = new Date(nowMs + ttlS * 1_000).toISOString();
  process.stderr.write(`token ${tokenId} (jti) for ${role} ${subject}, good until ${until}\n`);
  return 0;
}
