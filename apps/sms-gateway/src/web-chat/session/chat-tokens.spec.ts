import { DataKeys } from '@parley/encryption';
import { newId } from '@parley/service-kit';
import { expect, it } from 'vitest';
import { ChatTokens } from './chat-tokens.js';

const key = (fill: number) => Buffer.alloc(32, fill).toString('base64');
const keys = DataKeys.parse(`k1:${key(1)}`);
const tokens = new ChatTokens(keys);
const now = new Date('2026-01-02T03:04:05.000Z');
const later = (ms: number) => new Date(now.getTime() + ms);
const session = { threadId: newId('thr'), expiresAt: later(60_000) };

it('a token opens the thread that it was issued for, until it expires', () => {
  const token = tokens.issue(session);
  expect(tokens.read(token, now)).toEqual(session);
  expect(tokens.read(token, later(59_999))).toEqual(session);
  expect(tokens.read(token, later(60_000))).toBeUndefined();
});

it('a token is a valid WebSocket sub-protocol', () => {
  expect(tokens.issue(session)).toMatch(/^[\w.-]+$/);
});

it('a token is valid as long as its key is one of the data keys', () => {
  const token = tokens.issue(session);
  expect(new ChatTokens(DataKeys.parse(`k2:${key(2)},k1:${key(1)}`)).read(token, now)).toEqual(session);
  expect(new ChatTokens(DataKeys.parse(`k2:${key(2)}`)).read(token, now)).toBeUndefined();
  expect(new ChatTokens(DataKeys.parse(`k1:${key(2)}`)).read(token, now)).toBeUndefined();
});

it('a token with any changed character opens nothing', () => {
  const token = tokens.issue(session);
  for (let at = 0; at < token.length; at++) {
    const other = token[at] === 'A' ? 'B' : 'A';
    expect(tokens.read(token.slice(0, at) + other + token.slice(at + 1), now), `at ${at}`).toBeUndefined();
  }
});

it('the claims of one token with the signature of another are refused', () => {
  const theirs = tokens.issue({ ...session, threadId: newId('thr') });
  const [claims] = tokens.issue(session).split('.');
  expect(tokens.read(`${claims}${theirs.slice(theirs.indexOf('.'))}`, now)).toBeUndefined();
});

it.each([
  ['another purpose', { aud: 'web-chat', thr: session.threadId, exp: 4_000_000_000 }, 'gateway.other'],
  ['another audience', { aud: 'other', thr: session.threadId, exp: 4_000_000_000 }, 'gateway.web-chat.token'],
  ['no valid thread', { aud: 'web-chat', thr: 'conv_1', exp: 4_000_000_000 }, 'gateway.web-chat.token'],
  ['no expiry', { aud: 'web-chat', thr: session.threadId }, 'gateway.web-chat.token'],
])('a value with a valid signature is no token: it has %s', (_, claims, purpose) => {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  expect(tokens.read(`${payload}.${keys.blindIndex(payload, purpose)}`, now)).toBeUndefined();
});

it.each(['', '.', 'a', 'a.', '.a', 'a.b', 'a.b.c', '\0.\0', 'é.k1.é', 'x'.repeat(10_000)])(
  'the text %j is no token',
  (text) => {
    expect(tokens.read(text, now)).toBeUndefined();
  },
);
