import { parseId } from '@parley/kernel';
import { newId } from '@parley/service-kit';
import { expect, it } from 'vitest';
import { derivedId } from './derived-id.js';

it('the id of an effect depends on its message and its name, and never equals the id of the message', () => {
  const message = newId('msg');
  const start = derivedId('msg', message, 'start');
  expect(parseId('msg', start)).toBe(start);
  expect(derivedId('msg', message, 'start')).toBe(start);
  expect(
    new Set([message, start, derivedId('msg', message, 'check'), derivedId('msg', newId('msg'), 'start')])
      .size,
  ).toBe(4);
  expect(start.slice(0, 14)).toBe(message.slice(0, 14));
});
