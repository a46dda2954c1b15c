import type { IncomingHttpHeaders } from 'node:http';

/** The header by which the origin marks unsigned local requests for the gateway; its value is a secret of this start. */
export const LOCAL_ORIGIN_HEADER = 'x-parley-local-origin';

export interface ReceivedRequest {
  remoteAddress: string | undefined;
  headers: IncomingHttpHeaders;
}

/**
 * The headers that curl and similar programs send. Tunnels, proxies and browsers add others (`Via`, `X-Real-IP`, `Origin`,
 * `Sec-Fetch-Site`, `Forwarded`, a vendor's own), of which no complete list exists.
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
 * Whether a program on this machine sent the request directly: not through a tunnel or a proxy, and not from a web page
 * (DNS rebinding shows in Host).
 */
export function isDirectLocalRequest({ remoteAddress, headers }: ReceivedRequest): boolean {
  return (
    isLoopback(remoteAddress) &&
    /^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(headers.host ?? '') &&
    Object.keys(headers).every((name) => PLAIN_HEADERS.has(name))
  );
}

function isLoopback(address = ''): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}
