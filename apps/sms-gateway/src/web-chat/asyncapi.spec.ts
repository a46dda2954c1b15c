import { expect, it } from 'vitest';
import { asyncApiOf } from './asyncapi.js';

const document = asyncApiOf('https://parley.example.com/base') as {
  servers: Record<string, object>;
  components: { messages: Record<string, { payload: { required: string[] } }> };
};

it('the document of web chat describes every frame of both directions', () => {
  expect(Object.keys(document.components.messages)).toEqual([
    'client.resume',
    'client.message',
    'client.ping',
    'server.ready',
    'server.accepted',
    'server.message',
    'server.typing',
    'server.delta',
    'server.status',
    'server.error',
    'server.closing',
    'server.pong',
  ]);
  expect(document.components.messages['client.message']).toMatchObject({
    summary: 'The person writes',
    payload: { type: 'object', required: ['type', 'clientMessageId', 'text'] },
  });
  expect(document.servers).toMatchObject({
    gateway: { protocol: 'wss', host: 'parley.example.com', pathname: '/base/v1/chat' },
  });
});

it('every reference in the document of web chat leads somewhere', () => {
  const references = Array.from(
    JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g),
    ([, path]) => path!,
  );
  expect(references.length).toBeGreaterThan(20);
  for (const path of references) {
    const found = path
      .split('/')
      .slice(1)
      .reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], document);
    expect(found, path).toBeDefined();
  }
});
