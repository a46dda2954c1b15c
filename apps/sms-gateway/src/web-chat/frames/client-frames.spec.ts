import { newId } from '@parley/service-kit';
import { expect, it } from 'vitest';
import { readClientFrame } from './client-frames.js';

const read = (frame: unknown) => readClientFrame(JSON.stringify(frame));

it.each([
  { type: 'ping' },
  { type: 'resume' },
  { type: 'resume', lastSeq: 0 },
  { type: 'resume', conversationId: newId('conv'), lastSeq: 7 },
  { type: 'message', clientMessageId: '1', text: 'Hello' },
])('the frame %j is read', (frame) => {
  expect(read(frame)).toEqual({ kind: 'frame', frame });
});

it('unknown fields and types are ignored, so that newer clients work', () => {
  expect(read({ type: 'ping', later: 1 })).toEqual({ kind: 'frame', frame: { type: 'ping' } });
  expect(read({ type: 'later' })).toEqual({ kind: 'unknown-type' });
});

it.each([
  ['no JSON', 'hello'],
  ['no object', '[]'],
  ['no type', '{}'],
  ['a negative position', '{"type":"resume","lastSeq":-1}'],
  ['a malformed conversation id', '{"type":"resume","conversationId":"1","lastSeq":1}'],
])('a frame is malformed: %s', (_, text) => {
  expect(readClientFrame(text)).toMatchObject({ kind: 'malformed' });
});

it.each([
  ['blank', ' \n'],
  ['missing', undefined],
  ['too long', 'x'.repeat(4_001)],
  ['with NUL', 'a\0b'],
  ['with half a surrogate pair', 'a\ud800'],
])('the refusal of a message names its client message id: its text is %s', (_, text) => {
  const frame = { type: 'message', clientMessageId: 'c-1', text };
  expect(read(frame)).toMatchObject({ kind: 'malformed', clientMessageId: 'c-1' });
});

it.each(['', 'a b', 'é', 'x'.repeat(65)])('the client message id %j is refused', (clientMessageId) => {
  expect(read({ type: 'message', clientMessageId, text: 'Hi' })).toMatchObject({ kind: 'malformed' });
});
