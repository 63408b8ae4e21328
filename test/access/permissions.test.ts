import { createHash } from 'node:crypto';
import t from 'tap';
import { authorize, PERMISSIONS, type Permission, type PermissionName } from '../../src/access/permissions.js';
import { issueTicket, redeemTicket, type TicketStore } from '../../src/access/tickets.js';
import { TICKET_MS } from '../../src/model/limits.js';
import { type Identity, ROLES, type Role } from '../../src/model/roles.js';
import { codeOf, NOW_MS } from './support.js';

t.test('every role × permission × district', async (t) => {
  /** Who may, written a second time by hand. */
  const may: Readonly<Record<PermissionName, readonly Role[] | 'open'>> = {
    ingest: ['tracker'],
    'ingest-advice': 'open',
    live: ['supervisor', 'admin'],
    ticket: ['supervisor', 'admin'],
    read: ['supervisor', 'auditor', 'admin'],
    trace: ['auditor', 'admin'],
    'read-districts': ['supervisor', 'auditor', 'admin'],
    act: ['supervisor'],
    plan: ['admin'],
    'send-notice': ['supervisor', 'admin'],
    task: ['supervisor'],
    roster: ['supervisor', 'admin'],
    statement: ['supervisor'],
    clock: ['admin'],
    revoke: ['admin'],
    accesses: ['auditor', 'admin'],
    'own-accesses': ['tracker'],
    record: ['admin'],
    archive: ['auditor', 'admin'],
    skipped: ['admin'],
    metrics: ['admin'],
    health: 'open',
    console: 'open',
    'map-tiles': ['supervisor', 'auditor', 'admin'],
    documentation: 'open',
  };
  const ofNoDistrict: readonly PermissionName[] = ['ticket', 'read-districts', 'map-tiles', 'metrics'];
  const districts = ['meixian', 'meijiang', '', '*', null];
  let walked = 0;
  for (const [name, permission] of Object.entries(PERMISSIONS) as [PermissionName, Permission][]) {
    for (const role of ROLES) {
      for (const district of districts) {
        const identity: Identity = {
          subject: 's',
          role,
          districts: ['meixian'],
          issuedAtMs: 0,
          expiresAtMs: NOW_MS,
          tokenId: 'x',
        };
        const allowed = may[name];
        const expected =
          allowed === 'open'
            ? null
            : !allowed.includes(role)
              ? 'token-role'
              : ofNoDistrict.includes(name) || district === 'meixian'
                ? null
                : 'token-district';
        t.equal(await codeOf(() => authorize(identity, permission, district)), expected, `${name} ${role} ${district}`);
        walked++;
      }
    }
  }
  t.equal(walked, Object.keys(may).length * ROLES.length * districts.length);
});

/** Keeps what it is given as a store would, on a clock of its own. */
class MemoryStore implements TicketStore {
  readonly values = new Map<string, { readonly value: string; readonly untilMs: number }>();
  nowMs = 0;
  takes = 0;

  async put(name: string, value: string, lifeMs: number): Promise<boolean> {
    if (this.values.has(name)) return false;
    this.values.set(name, { value, untilMs: this.nowMs + lifeMs });
    return true;
  }

  async take(name: string): Promise<string | null> {
    this.takes++;
    const found = this.values.get(name);
    this.values.delete(name);
    return found !== undefined && this.nowMs < found.untilMs ? found.value : null;
  }
}

t.test('tickets', async (t) => {
  const identity: Identity = {
    subject: 'wang.fang',
    role: 'supervisor',
    districts: ['meixian'],
    issuedAtMs: 0,
    expiresAtMs: NOW_MS + 60_000,
    tokenId: 'id-1',
  };
  const store = new MemoryStore();
  const redeem = (ticket: string, nowMs = NOW_MS) => codeOf(() => redeemTicket(store, ticket, nowMs));

  const ticket = await issueTicket(store, identity);
  t.match(ticket, /^[A-Za-z0-9_-]{43}$/);
  t.not(ticket, await issueTicket(store, identity), 'each is another');
  const stored = [...store.values].flat();
  t.notOk(JSON.stringify(stored).includes(ticket), 'the store does not know the ticket');
  t.equal(
    await redeem(createHash('sha256').update(ticket).digest('base64url')),
    'ticket-invalid',
    "nor is the store's name one",
  );

  t.same(await redeemTicket(store, ticket, NOW_MS), identity);
  t.equal(await redeem(ticket), 'ticket-invalid', 'once only');

  const [first, second] = await Promise.all([issueTicket(store, identity), issueTicket(store, identity)]);
  const race = await Promise.all([redeem(first), redeem(first), redeem(first)]);
  t.equal(race.filter((code) => code === null).length, 1, 'once only in a race, too');
  store.nowMs += TICKET_MS - 1;
  t.equal(await redeem(second), null, 'good to the last millisecond');
  const third = await issueTicket(store, identity);
  store.nowMs += TICKET_MS;
  t.equal(await redeem(third), 'ticket-invalid', 'and no longer');

  const fourth = await issueTicket(store, identity);
  t.equal(await redeem(fourth, identity.expiresAtMs), 'token-expired', 'no longer than its token');
  t.equal(await redeem('a'.repeat(43)), 'ticket-invalid', 'never issued');
  const { takes } = store;
  for (const text of ['', 'x', 'a'.repeat(44), `${'a'.repeat(42)}:`, '../etc']) {
    t.equal(await redeem(text), 'ticket-invalid', text);
  }
  t.equal(store.takes, takes, 'what cannot be a ticket never reaches the store');
  const fifth = await issueTicket(store, identity);
  for (const value of ['', 'null', '{}', '{"role":"root"}', JSON.stringify({ ...identity, districts: ['*'] })]) {
    for (const name of store.values.keys()) store.values.set(name, { value, untilMs: Number.POSITIVE_INFINITY });
    t.equal(await redeem(fifth), 'ticket-invalid', `somebody wrote ${value}`);
    await issueTicket(store, identity);
  }
});
