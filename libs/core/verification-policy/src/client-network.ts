/**
 * Returns the network that a limit by IP address counts: an IPv4 address, or the /64 of an IPv6 address, since one
 * household has all addresses of a /64. An IPv4-mapped address counts as the IPv4 address. Expects a valid address.
 */
export function clientNetworkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped) return mapped[1]!;
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.toLowerCase().split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  // A trailing dotted part stands for two groups.
  const lastGroups = last.length + (last.at(-1)?.includes('.') ? 1 : 0);
  const missing = tail === undefined ? 0 : Math.max(0, 8 - first.length - lastGroups);
  const groups = [...first, ...Array<string>(missing).fill('0'), ...last].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
