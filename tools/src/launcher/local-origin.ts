import type { IncomingHttpHeaders } from 'node:http';

/** Carries the launcher's verdict to the gateway; its value is a secret of this start. */
export const LOCAL_ORIGIN_HEADER = 'x-parley-local-origin';

export interface Visit {
  remoteAddress: string | undefined;
  headers: IncomingHttpHeaders;
}

/**
 * Whether an unsigned request comes from a program on this machine and from nowhere else: not through a tunnel or a
 * proxy (these add forwarding headers), nor from a web page (browsers add Origin, and a rebound name shows in Host).
 */
export function isLocalUnsignedVisit({ remoteAddress, headers }: Visit): boolean {
  const names = Object.keys(headers);
  return (
    isLoopback(remoteAddress) &&
    /^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(headers.host ?? '') &&
    !names.some((name) => name === 'origin' || name === 'forwarded' || name.startsWith('x-forwarded-')) &&
    !names.includes('x-twilio-signature')
  );
}

function isLoopback(address = ''): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}
