import { describe, expect, it } from 'vitest';
import { isDirectLocalRequest } from './local-origin.js';

const headers = { host: 'localhost:4000', 'user-agent': 'curl' };

describe('an unsigned request', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])(
    'an unsigned request from %s is local',
    (remoteAddress) => {
      expect(isDirectLocalRequest({ remoteAddress, headers })).toBe(true);
    },
  );

  it('the headers of curl and similar programs leave a request local', () => {
    const plain = {
      ...headers,
      accept: '*/*',
      'accept-encoding': 'gzip',
      'accept-language': '*',
      connection: 'keep-alive',
      'content-length': '12',
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-mode': 'cors',
    };
    expect(isDirectLocalRequest({ remoteAddress: '127.0.0.1', headers: plain })).toBe(true);
  });

  it.each(['10.0.0.5', '::ffff:10.0.0.5', '128.0.0.1', 'fe80::1', undefined])(
    'an unsigned request from %s is not local',
    (remoteAddress) => {
      expect(isDirectLocalRequest({ remoteAddress, headers })).toBe(false);
    },
  );

  it.each([
    { host: 'parley.example' },
    { host: 'localhost.parley.example' },
    { host: '10.0.0.1:4000' },
    { host: undefined },
    { forwarded: 'for=1.2.3.4' },
    { 'x-forwarded-for': '1.2.3.4' },
    { 'x-forwarded-proto': 'https' },
    { origin: 'null' },
    { via: '1.1 proxy' },
    { 'x-real-ip': '1.2.3.4' },
    { 'cf-connecting-ip': '1.2.3.4' },
    { 'true-client-ip': '1.2.3.4' },
    { 'ngrok-auth-user-id': '1' },
    { 'sec-fetch-site': 'cross-site' },
    { referer: 'http://localhost:4000/' },
    { cookie: 'a=b' },
    { 'x-twilio-signature': 'abc' },
  ])('an unsigned request with the headers %j is not local', (extra) => {
    expect(isDirectLocalRequest({ remoteAddress: '127.0.0.1', headers: { ...headers, ...extra } })).toBe(
      false,
    );
  });
});
