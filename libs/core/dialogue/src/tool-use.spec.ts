import { expect, it } from 'vitest';
import { joinSaid } from './tool-use.js';

it.each([
  [['I will text it. ', 'Done.'], 'I will text it.\nDone.'],
  [['I will text it.', 'OK'], 'I will text it.'],
  [['', ' OK '], ''],
  [[], ''],
])('of what was said around tools, %j, the answer is %j', (pieces, answer) => {
  expect(joinSaid(pieces)).toBe(answer);
});
