import { EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import t from 'tap';
import { clientAddress, networkOf, parseTrustedProxies } from '../../src/access/client-address.js';
import { Door } from '../../src/access/door.js';
import { KeyedGates } from '../../src/access/keyed-gates.js';
import {
  CONNECTION_RATE,
  CUT_COST,
  DOCUMENT_RATE,
  MAX_REMEMBERED_ASKERS,
  MAX_UNKNOWN_CONNECTIONS,
  MAX_UNKNOWN_CONNECTIONS_PER_ADDRESS,
  REFUSAL_RATE,
} from '../../src/access/limits.js';
import type { TestScope } from '../support/redis-server.js';
import { codeOf } from './support.js';

function from(remoteAddress: string, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

t.test('limits count against the client behind a trusted proxy, and against the peer behind any other', async (t) => {
  const trusted = parseTrustedProxies(['127.0.0.1', '10.0.0.0/8', '2001:db8:1::/48']);
  const cases: [string, string | undefined, string][] = [
    ['203.0.113.7', undefined, '203.0.113.7'],
    ['203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['127.0.0.1', '192.0.2.9, 198.51.100.1', '198.51.100.1'],
    ['127.0.0.1', '198.51.100.1, 10.1.2.3', '198.51.100.1'],
    ['127.0.0.1', 'unknown', '127.0.0.1'],
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['127.0.0.2', '198.51.100.1', '127.0.0.2'],
    ['2001:db8:1::5', '2001:db8:2:3:4:5:6:7', '2001:db8:2:3::/64'],
    ['fe80::1%eth0', undefined, 'fe80:0:0:0::/64'],
  ];
  for (const [peer, forwarded, client] of cases)
    t.equal(clientAddress(from(peer, forwarded), trusted), client, `${peer} for ${forwarded}`);
  t.equal(networkOf('2001:0db8::1'), networkOf('2001:db8:0:0:ffff::'), 'a /64 is one client');
  t.equal(networkOf('::1'), '0:0:0:0::/64');
  for (const wrong of ['localhost', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/8/8', ''])
    t.equal(await codeOf(() => parseTrustedProxies([wrong])), 'config-invalid', wrong);
});

t.test('an asker waits for what it has used up, and nobody else does', async (t) => {
  let nowMs = 0;
  const gates = new KeyedGates({ burst: 2, perSecond: 4 }, () => nowMs);
  t.strictSame([gates.look('a'), gates.take('a'), gates.take('a'), gates.take('a')], [0, 0, 0, 250]);
  t.strictSame([gates.look('a'), gates.look('b'), gates.take('b')], [250, 0, 0]);
  nowMs = 249;
  t.ok(gates.take('a') > 0);
  nowMs = 250;
  t.strictSame([gates.look('a'), gates.take('a'), gates.take('a')], [0, 0, 250]);
  for (let i = 0; i < MAX_REMEMBERED_ASKERS; i += 1) gates.take(`other ${i}`);
  t.equal(gates.take('a'), 0, 'forgotten for those who came after it');
});

t.test('each kind of question has its own rate', async (t) => {
  const door = new Door({ monotonicMs: () => 0 });
  for (let i = 0; i < DOCUMENT_RATE.burst; i += 1) t.equal(door.ask('documentation', from('192.0.2.1')), 0);
  t.ok(door.ask('documentation', from('192.0.2.1')) > 0);
  t.equal(door.ask('health', from('192.0.2.1')), 0);
  t.equal(door.ask('documentation', from('192.0.2.2')), 0);
  for (let i = 0; i < REFUSAL_RATE.burst; i += 1) door.refuseStranger(from('192.0.2.1'));
  t.ok(door.strangerWaitMs(from('192.0.2.1')) > 0);
  t.equal(door.strangerWaitMs(from('192.0.2.2')), 0);
});

async function listen(t: TestScope): Promise<{ open(): Promise<{ client: Socket; served: Socket }> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clients: Socket[] = [];
  t.teardown(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  return {
    open: async () => {
      const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
      clients.push(client.on('error', () => undefined));
      const [served] = (await once(server, 'connection')) as [Socket];
      served.on('error', () => undefined);
      return { client, served };
    },
  };
}

t.test('of connections without a good token the oldest of an address gives way', async (t) => {
  const server = await listen(t);
  const door = new Door();
  const known = await server.open();
  door.connect(known.served);
  door.know(known.served);
  const first = await server.open();
  door.connect(first.served);
  const second = await server.open();
  door.connect(second.served);
  for (let i = 2; i < MAX_UNKNOWN_CONNECTIONS_PER_ADDRESS; i += 1) door.connect((await server.open()).served);
  t.notOk(first.served.destroyed, 'at the cap');
  const last = await server.open();
  door.connect(last.served);
  t.strictSame(
    [known, first, second, last].map(({ served }) => served.destroyed),
    [false, true, false, false],
    'one past it',
  );
  t.equal(door.unknownConnections, MAX_UNKNOWN_CONNECTIONS_PER_ADDRESS);
  last.client.destroy();
  await once(last.served.resume(), 'close');
  t.equal(door.unknownConnections, MAX_UNKNOWN_CONNECTIONS_PER_ADDRESS - 1, 'who goes away makes room');
});

/** A connection of which the door knows the address, and which it may cut. */
class Peer extends EventEmitter {
  destroyed = false;

  constructor(readonly remoteAddress: string) {
    super();
  }

  destroy(): void {
    this.destroyed = true;
  }
}

function peer(address: string): Socket {
  return new Peer(address) as unknown as Socket;
}

t.test(
  'an address opens so many connections, and fewer when one had to be cut; a trusted proxy as many as come',
  (t) => {
    const door = new Door({ monotonicMs: () => 0, trustedProxies: parseTrustedProxies(['10.0.0.0/8']) });
    const opened = (address: string, count: number): number =>
      Array.from({ length: count }, () => door.connect(peer(address))).filter(Boolean).length;
    t.equal(opened('192.0.2.1', CONNECTION_RATE.burst + 5), CONNECTION_RATE.burst);
    door.punish(peer('192.0.2.2'));
    t.equal(opened('192.0.2.2', CONNECTION_RATE.burst), CONNECTION_RATE.burst - CUT_COST);
    t.equal(opened('10.0.0.1', CONNECTION_RATE.burst + 5), CONNECTION_RATE.burst + 5);
    t.end();
  },
);

t.test('of all connections without a good token the oldest of who has most gives way', (t) => {
  const door = new Door({ monotonicMs: () => 0 });
  const many = Array.from({ length: 10 }, () => peer('192.0.2.1'));
  for (const one of many) door.connect(one);
  for (let i = 10; i < MAX_UNKNOWN_CONNECTIONS; i += 1) door.connect(peer(`198.18.${i >> 8}.${i & 255}`));
  t.notOk(
    many.some(({ destroyed }) => destroyed),
    'at the cap',
  );
  const last = peer('203.0.113.1');
  door.connect(last);
  t.same(many.map(({ destroyed }) => destroyed).slice(0, 2), [true, false], 'one past it');
  t.equal(last.destroyed, false);
  t.equal(door.unknownConnections, MAX_UNKNOWN_CONNECTIONS);
  t.end();
});
