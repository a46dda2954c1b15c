import { newId } from '@parley/service-kit';
import { expect, it } from 'vitest';
import { Draft } from './draft.js';

const [A, B] = ['0b8f6a52-7c1d-4b0e-9a53-3f1f1c9e2d77', '1b8f6a52-7c1d-4b0e-9a53-3f1f1c9e2d77'] as const;
const turnId = newId('turn');
const part = (offset: number, text: string, draftId: string = A, turn = turnId) => ({
  draftId,
  turnId: turn,
  offset,
  text,
});
const typing = { type: 'typing', isTyping: true };
const delta = (offset: number, text: string, draftId: string = A) => ({
  type: 'delta',
  draftId,
  offset,
  text,
});

it('a draft is shown part by part, and whole to a client that comes later', () => {
  const draft = new Draft();
  expect(draft.shown()).toEqual([]);
  expect(draft.add(part(0, ''))).toEqual([typing]);
  expect(draft.shown()).toEqual([typing]);
  expect(draft.add(part(0, 'Yes'))).toEqual([delta(0, 'Yes')]);
  expect(draft.add(part(3, ', ten'))).toEqual([delta(3, ', ten')]);
  expect(draft.shown()).toEqual([typing, delta(0, 'Yes, ten')]);
});

it('parts of a draft after a lost part are not shown', () => {
  const draft = new Draft();
  draft.add(part(0, 'Yes'));
  expect(draft.add(part(8, ' to four'))).toEqual([]);
  expect(draft.add(part(3, ', ten'))).toEqual([]);
  expect(draft.shown()).toEqual([typing]);
});

it('a draft whose beginning was lost shows only that the agent writes', () => {
  const draft = new Draft();
  expect(draft.add(part(3, ', ten'))).toEqual([typing]);
  expect(draft.shown()).toEqual([typing]);
});

it('a new draft replaces the draft before it', () => {
  const draft = new Draft();
  draft.add(part(0, 'Yes'));
  expect(draft.add(part(0, 'No', B))).toEqual([typing, delta(0, 'No', B)]);
  expect(draft.shown()).toEqual([typing, delta(0, 'No', B)]);
});

it('a dropped draft is no longer shown', () => {
  const draft = new Draft();
  expect(draft.drop()).toEqual([]);
  draft.add(part(0, 'Yes'));
  expect(draft.drop()).toEqual([{ type: 'typing', isTyping: false }]);
  expect(draft.shown()).toEqual([]);
});

it('a part that arrives after the reply of its turn is not shown; a part of the next turn is', () => {
  const draft = new Draft();
  draft.add(part(0, 'Yes'));
  draft.end(turnId);
  expect(draft.shown()).toEqual([]);
  expect(draft.add(part(0, 'Yes', B))).toEqual([]);
  expect(draft.add(part(0, 'And', B, newId('turn')))).toEqual([typing, delta(0, 'And', B)]);
});
