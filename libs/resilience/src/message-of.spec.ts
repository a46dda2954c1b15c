import { expect, it } from 'vitest';
import { messageOf } from './message-of.js';

it.each([
  ['an error', new Error('refused'), 'refused'],
  ['errors without a message of their own', new AggregateError([new Error('a'), new Error('b')]), 'a; b'],
  ["pg-boss's report", { message: 'refused', queue: 'purge', worker: 'w1' }, 'refused'],
  ['a text', 'refused', 'refused'],
])('messageOf returns the message of %s', (_what, error, message) => {
  expect(messageOf(error)).toBe(message);
});
