import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { parseId, type ThreadId } from '@parley/kernel';
import { createHash, timingSafeEqual } from 'node:crypto';

/** A client gets a new token from its own backend; a stolen one is useless soon. */
export const CHAT_TOKEN_LIFE_MS = 3_600_000;

/** The HMAC key of this purpose signs nothing else, so another signed value is never a token. */
const PURPOSE = 'gateway.web-chat.token';
const AUDIENCE = 'web-chat';
const MAX_TOKEN_CHARS = 512;

/** The right to write to and to read one web thread. */
export interface ChatSession {
  readonly threadId: ThreadId;
  readonly expiresAt: Date;
}

/**
 * Signs and reads session tokens: `<claims>.<key id>.<HMAC-SHA-256>`, of characters that a WebSocket sub-protocol may
 * have. The HMAC keys derive from the data keys and rotate with them.
 */
@Injectable()
export class ChatTokens {
  constructor(private readonly keys: DataKeys) {}

  issue({ threadId, expiresAt }: ChatSession): string {
    const claims = { aud: AUDIENCE, thr: threadId, exp: Math.floor(expiresAt.getTime() / 1_000) };
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${payload}.${this.keys.blindIndex(payload, PURPOSE)}`;
  }

  /** Returns the session of a token; undefined if we did not sign it or it has expired. */
  read(token: string, now: Date): ChatSession | undefined {
    const dot = token.indexOf('.');
    if (dot < 1 || token.length > MAX_TOKEN_CHARS) return undefined;
    const payload = token.slice(0, dot);
    const signature = token.slice(dot + 1);
    const isOurs = this.keys.blindIndexes(payload, PURPOSE).some((own) => isSame(own, signature));
    const session = isOurs ? sessionIn(payload) : undefined;
    return session && session.expiresAt > now ? session : undefined;
  }
}

/** Compares digests, because the comparison needs equal lengths. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function sessionIn(payload: string): ChatSession | undefined {
  const { aud, thr, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
    string,
    unknown
  >;
  const threadId = typeof thr === 'string' ? parseId('thr', thr) : undefined;
  if (aud !== AUDIENCE || !threadId || typeof exp !== 'number') return undefined;
  return { threadId, expiresAt: new Date(exp * 1_000) };
}
