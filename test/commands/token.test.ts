import { join } from 'node:path';
import t from 'tap';
import { loadPublicKeys } from '../../src/access/keys.js';
import { verifyToken } from '../../src/access/tokens.js';
import { beatwatch } from '../documents/project.js';
import { temporaryFolder } from '../support/redis-server.js';

t.test('`beatwatch token` prints the token alone on stdout, and on stderr the id that revokes it', async (t) => {
  const env = { BEATWATCH_DATA: await temporaryFolder(t) };
  t.equal(beatwatch(['token', '--new-keys'], { env }).status, 0);
  const made = beatwatch(['token', '--role', 'tracker', '--subject', 'bd-1', '--district', 'example'], { env });
  const keys = await loadPublicKeys(join(env.BEATWATCH_DATA, 'keys/public.jwks'));
  const { tokenId, expiresAtMs } = await verifyToken(made.stdout.trim(), keys, { nowMs: Date.now() });
  const until = new Date(expiresAtMs).toISOString().slice(0, 16);
  t.match(made.stderr, `token ${tokenId} (jti) for tracker bd-1, good until ${until}`);
});
