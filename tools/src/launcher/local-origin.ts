import type { IncomingHttpHeaders } from 'node:http';

/** Carries the launcher's verdict to the gateway; its value is a secret of this start. */
export const LOCAL_ORIGIN_HEADER = 'x-parley-local-origin';

export interface Visit {
  remoteAddress: string | undefined;
  headers: IncomingHttpHeaders;
}

/**
 * What curl and the like send by themselves. A tunnel, a proxy or a browser adds more (`Via`, `X-Real-IP`, `Origin`,
 * `Sec-Fetch-Site`, `Forwarded`, a vendor's own), and nobody has a list of that.
 */
const PLAIN_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'postman-token',
  'pragma',
  'sec-fetch-mode',
  'transfer-encoding',
  'user-agent',
]);

/**
 * Whether an unsigned request comes from a program on this machine and from nowhere else: not through a tunnel or a
 * proxy, nor from a web page (a rebound name shows in Host).
 */
export function isLocalUnsignedVisit({ remoteAddress, headers }: Visit): boolean {
  return (
    isLoopback(remoteAddress) &&
    /^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(headers.host ?? '') &&
    Object.keys(headers).every((name) => PLAIN_HEADERS.has(name))
  );
}

function isLoopback(address = ''): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}
