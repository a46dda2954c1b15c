import { AppendMessage, defaultTextsIn } from '@parley/contracts';
import { deriveId, parseE164 } from '@parley/kernel';
import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { someCall } from '../../../testing/a-call.js';
import type { LoggedCall } from './call-log.js';
import { textAfterCall } from './text-after-call.js';

const now = new Date('2026-01-02T03:04:05.678Z');
const lineNumber = parseE164('+15550100000')!;

function loggedCall({ callId }: ReturnType<typeof someCall>, language?: string): LoggedCall {
  return {
    callId,
    conversationId: newId('conv'),
    contactId: newId('ctc'),
    agentId: newId('agt'),
    laneId: newId('lane'),
    direction: 'inbound',
    seesHistory: false,
    language,
  };
}

describe('the text after a call', () => {
  it.each(['recogniser-unavailable', 'voice-unavailable'] as const)(
    'after a call that ended with the reason %s, the called line texts an apology in the agent’s language',
    (reason) => {
      const call = someCall({ lineNumber });
      const logged = loggedCall(call, 'de-AT');
      expect(textAfterCall(call.state('ended', { reason }), logged, now)).toEqual({
        contract: AppendMessage,
        data: {
          target: logged.conversationId,
          messageId: deriveId('msg', call.callId),
          text: defaultTextsIn('de').brokenCall,
          author: 'agent',
          to: '+15550100001',
          from: lineNumber,
          requestedAt: '2026-01-02T03:04:05.678Z',
          validUntil: '2026-01-02T04:04:05.678Z',
        },
      });
    },
  );

  it.each([
    ['the caller hung up', 'ended', { reason: 'caller-hung-up' }],
    ['the socket broke', 'ended', { reason: 'connection-lost' }],
    ['no process had capacity', 'failed', { reason: 'no-capacity' }],
    ['no reason is given', 'ended', {}],
    ['the caller’s number is withheld', 'ended', { reason: 'voice-unavailable', contactNumber: undefined }],
    ['the call is not over', 'answered', { reason: 'voice-unavailable' }],
  ] as const)('no text follows a call when %s', (_, state, report) => {
    const call = someCall();
    expect(textAfterCall(call.state(state, report), loggedCall(call), now)).toBeUndefined();
  });
});
