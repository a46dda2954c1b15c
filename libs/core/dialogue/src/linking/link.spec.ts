import type { AgentId, ContactId, ConversationId } from '@parley/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideLink,
  decideUnlink,
  isLinkCurrent,
  LINK_IDLE_MS,
  mergedConversations,
  type OpenConversation,
} from './link.js';

const web = 'ctc_web' as ContactId;
const phone = 'ctc_phone' as ContactId;

describe('[S-09] a proof that an identity belongs to a contact', () => {
  it.each([
    ['attaches an unknown identity', undefined, { kind: 'attach' }],
    ['renews an identity of the contact', { contactId: web, hasOtherIdentities: true }, { kind: 'renew' }],
    [
      'merges a contact that has only this identity',
      { contactId: phone, hasOtherIdentities: false },
      { kind: 'merge', absorbed: phone },
    ],
    [
      'moves the identity away from a contact that has others',
      { contactId: phone, hasOtherIdentities: true },
      { kind: 'move', from: phone },
    ],
  ])('a proof %s', (_, owner, decision) => {
    expect(decideLink(web, owner)).toEqual(decision);
  });
});

it.each([
  ['is current until 90 days after its last use', LINK_IDLE_MS - 1, true],
  ['is no longer current 90 days after its last use', LINK_IDLE_MS, false],
])('[S-09] a link %s', (_, ageMs, isCurrent) => {
  expect(isLinkCurrent({ lastUsedAtMs: 1_000 }, 1_000 + ageMs)).toBe(isCurrent);
});

describe('[S-09] the end of a link', () => {
  it.each([
    ['separates an identity from a contact that has others', true, true, { kind: 'separate' }],
    ['only forgets the proof of a contact’s single identity', true, false, { kind: 'forget-proof' }],
    ['is ignored without a link', false, true, { kind: 'ignore', reason: 'not-linked' }],
  ])('the end of a link %s', (_, isLinked, hasOthers, decision) => {
    expect(decideUnlink(isLinked, hasOthers)).toEqual(decision);
  });
});

describe('[S-02] conversations of contacts that become one', () => {
  const conversation = fc.record({
    conversationId: fc.uuid().map((id) => `conv_${id}` as ConversationId),
    agentId: fc.constantFrom('agt_a' as AgentId, 'agt_b' as AgentId, 'agt_c' as AgentId),
    startedAtMs: fc.integer({ min: 0, max: 3 }),
  });
  const open = fc.uniqueArray(conversation, { selector: (each) => each.conversationId, maxLength: 6 });

  it('the oldest conversation with each agent goes on, and the others with that agent are merged into it', () => {
    fc.assert(
      fc.property(open, (conversations) => {
        const merges = mergedConversations(conversations);
        const closed = new Set(merges.map((merge) => merge.closed));
        for (const agentId of new Set(conversations.map((each) => each.agentId))) {
          const own = conversations.filter((each) => each.agentId === agentId);
          const goingOn = own.filter((each) => !closed.has(each.conversationId));
          expect(goingOn).toHaveLength(1);
          expect(goingOn[0]!.startedAtMs).toBe(Math.min(...own.map((each) => each.startedAtMs)));
          const targets = merges.filter((merge) => own.some((each) => each.conversationId === merge.closed));
          expect(targets.every((merge) => merge.into === goingOn[0]!.conversationId)).toBe(true);
        }
      }),
    );
  });

  it('the order of the conversations does not change the decision', () => {
    fc.assert(
      fc.property(open, (conversations) => {
        const sorted = (list: OpenConversation[]) =>
          mergedConversations(list).toSorted((a, b) => (a.closed < b.closed ? -1 : 1));
        expect(sorted(conversations.toReversed())).toEqual(sorted(conversations));
      }),
    );
  });
});
