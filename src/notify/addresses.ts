import { BlockList, isIP, isIPv6 } from 'node:net';

/** What no receiver of ours is at: loopback, private, link-local, shared, documentation, multicast, reserved. */
const REFUSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Global unicast is 2000::/3; of that, and of what embeds an address of IPv4, this is refused too. */
const GLOBAL_V6 = '2000::/3';
const REFUSED_V6 = ['2001:db8::/32', '2001::/23', '3fff::/20'];
/** Addresses of IPv4 in addresses of IPv6: mapped, compatible, NAT64, 6to4; from which of the eight groups on the address stands. */
const EMBEDDED: readonly (readonly [network: string, group: number])[] = [
  ['::ffff:0:0/96', 6],
  ['::ffff:0:0:0/96', 6],
  ['::/96', 6],
  ['64:ff9b::/96', 6],
  ['2002::/16', 1],
];

/** A list of networks such as `10.20.0.0/16` or `fd00::/8`; null: one of them is none. */
export function networksOf(networks: readonly string[]): BlockList | null {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', length = ''] = network.split('/');
    const most = isIPv6(address) ? 128 : 32;
    const bits = length === '' && !network.includes('/') ? most : /^\d{1,3}$/.test(length) ? Number(length) : -1;
    if (isIP(address) === 0 || bits < 0 || bits > most) return null;
    list.addSubnet(address, bits, isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return list;
}

const refusedV4 = required(REFUSED_V4);
const globalV6 = required([GLOBAL_V6]);
const refusedV6 = required(REFUSED_V6);
const embedded = EMBEDDED.map(([network, group]) => [required([network]), group] as const);

/** Whether an address is one that the configuration allows by name. */
export function isAllowed(address: string, allowed: BlockList): boolean {
  return formsOf(address).some((form) => allowed.check(form, isIPv6(form) ? 'ipv6' : 'ipv4'));
}

/** Whether a receiver may be at an address: public, or allowed by the configuration. An embedded address counts as itself. */
export function mayAsk(address: string, allowed: BlockList): boolean {
  if (isIP(address) === 0) return false;
  if (isAllowed(address, allowed)) return true;
  const forms = formsOf(address);
  // Of an address of IPv6 that embeds one of IPv4, the embedded one decides.
  const form = forms.at(-1) ?? address;
  if (!isIPv6(form)) return !refusedV4.check(form, 'ipv4');
  return globalV6.check(form, 'ipv6') && !refusedV6.check(form, 'ipv6');
}

/** The address, and the one of IPv4 that it embeds. */
function formsOf(address: string): readonly string[] {
  if (!isIPv6(address)) return [address];
  const plain = address.split('%')[0] ?? address;
  const groups = groupsOf(plain);
  const found = embedded.find(([network]) => network.check(plain, 'ipv6'));
  if (found === undefined) return [plain];
  const [high = 0, low = 0] = groups.slice(found[1]);
  return [plain, `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`];
}

/** The eight groups of an address of IPv6. */
function groupsOf(address: string): readonly number[] {
  const v4 = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text =
    v4 === null
      ? address
      : `${v4[1]}${((Number(v4[2]) << 8) | Number(v4[3])).toString(16)}:${((Number(v4[4]) << 8) | Number(v4[5])).toString(16)}`;
  const [head = '', tail] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return groups(head);
  const [before, after] = [groups(head), groups(tail)];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

function required(networks: readonly string[]): BlockList {
  const list = networksOf(networks);
  if (list === null) throw new Error(`bug: ${networks.join(', ')} are networks`);
  return list;
}
