import type { LogPosition } from './event-log.js';

const POSITION = /^(\d{1,20})\.(\d{1,19})$/;
const MAX_XID = 2n ** 64n - 1n;
const MAX_ID = 2n ** 63n - 1n;

/** Encodes a position in the log for clients: opaque to them, and safe in a URL. */
export function cursorOf({ xid, id }: LogPosition): string {
  return Buffer.from(`${xid}.${id}`).toString('base64url');
}

/** Decodes a cursor. Returns undefined for a string that is no cursor of this log. */
export function positionOf(cursor: string): LogPosition | undefined {
  const [, xid, id] = POSITION.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (xid === undefined || id === undefined) return undefined;
  return BigInt(xid) <= MAX_XID && BigInt(id) <= MAX_ID ? { xid, id } : undefined;
}
