import { ChatProgress } from '@parley/contracts';
import { newId } from '@parley/service-kit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebDraft } from './web-draft.js';

const turn = { turnId: newId('turn'), conversationId: newId('conv'), threadId: newId('thr') };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function someDraft() {
  const reports: ChatProgress[] = [];
  const draft = new WebDraft(turn, (progress) => reports.push(ChatProgress.schema.parse(progress)));
  const shown = () => reports.map(({ step, draft: part }) => (part ? [part.offset, part.text] : step));
  return { draft, reports, shown };
}

it('a draft reports that the agent begins to write, and then its text in parts that continue each other', () => {
  const { draft, shown } = someDraft();
  for (const piece of ['Yes', ', from', ' 10']) draft.text(piece);
  vi.advanceTimersByTime(60);
  draft.text(' to 16.');
  vi.advanceTimersByTime(60);
  expect(shown()).toEqual([
    [0, ''],
    [0, 'Yes, from 10'],
    [12, ' to 16.'],
  ]);
});

it('a complete draft reports its last part at once', () => {
  const { draft, shown } = someDraft();
  draft.text('Yes.');
  draft.ended('complete');
  expect(shown()).toEqual([
    [0, ''],
    [0, 'Yes.'],
  ]);
  vi.advanceTimersByTime(1_000);
  expect(shown()).toHaveLength(2);
});

it('a dropped draft reports no more text', () => {
  const { draft, shown } = someDraft();
  draft.text('Yes.');
  draft.ended('dropped');
  vi.advanceTimersByTime(1_000);
  expect(shown()).toEqual([[0, ''], 'dropped']);
});

it('a draft joins the texts before and after a tool’s use as the reply does', () => {
  const { draft, shown } = someDraft();
  draft.text('Let me see.');
  draft.toolUsed();
  draft.text('  ');
  draft.text('It is open.');
  draft.ended('complete');
  expect(shown().at(-1)).toEqual([0, 'Let me see.\nIt is open.']);
});

it('when the model begins again, a draft with a new id starts with the text before the last tool', () => {
  const { draft, reports, shown } = someDraft();
  draft.text('Let me see.');
  draft.toolUsed();
  draft.text('It is op');
  draft.ended('complete');
  draft.restart();
  draft.text('Open.');
  draft.ended('complete');
  expect(shown().slice(-2)).toEqual([
    [0, 'Let me see.'],
    [11, '\nOpen.'],
  ]);
  expect(new Set(reports.map((report) => report.draft?.draftId)).size).toBe(2);
});
