import { expect, it } from 'vitest';
import { sms } from './testing/some-channels.js';
import { isInputTooLong, joinReplyTexts, MAX_TOOL_INPUT_CHARS } from './tool-use.js';

it.each([
  [['I will text it. ', 'Done.'], 'I will text it.\nDone.'],
  [['I will text it.', 'OK'], 'I will text it.'],
  [['', ' OK '], ''],
  [[], ''],
])('the texts %j before and after tool calls are joined to the reply %j', (pieces, answer) => {
  expect(joinReplyTexts(pieces, sms)).toBe(answer);
});

it.each([
  [false, 'a short text', '{"text":"Hi"}'],
  [false, 'no arguments', undefined],
  [false, 'as many characters as allowed', 'x'.repeat(MAX_TOOL_INPUT_CHARS)],
  [true, 'one character too many', 'x'.repeat(MAX_TOOL_INPUT_CHARS + 1)],
  [true, 'an object whose JSON is too long', { text: 'x'.repeat(MAX_TOOL_INPUT_CHARS) }],
])('isInputTooLong returns %s for %s', (isTooLong, _what, input) => {
  expect(isInputTooLong({ input })).toBe(isTooLong);
});
