import type {
  CallOrigin,
  CallStateChanged,
  SpokenTurnCompleted,
  TurnRecord,
  VoiceTurn,
} from '@parley/contracts';
import type { CallId } from '@parley/kernel';
import { parseE164 } from '@parley/kernel';
import { newId } from '@parley/service-kit';
import { randomUUID } from 'node:crypto';

/** Builds the messages that the voice-bridge publishes of one call, an attested call from the number of `someSms`. */
export function someCall(more: Partial<CallOrigin> = {}) {
  const origin: CallOrigin = {
    callId: newId('call'),
    direction: 'inbound',
    contactNumber: parseE164('+15550100001')!,
    attestation: 'full',
    startedAt: new Date().toISOString(),
    ...more,
  };
  const laneToken = randomUUID();
  return {
    callId: origin.callId as CallId,
    laneToken,
    turn: (turnNo: number, said: string, turn: Partial<VoiceTurn> = {}): VoiceTurn => ({
      callId: origin.callId,
      call: origin,
      turnNo,
      turnId: newId('turn'),
      attempt: 1,
      laneToken,
      said,
      isSpeculative: false,
      ledger: [],
      ...turn,
    }),
    fact: (record: TurnRecord): SpokenTurnCompleted => ({ ...origin, ...record }),
    state: (state: CallStateChanged['state'], report: Partial<CallStateChanged> = {}): CallStateChanged => ({
      ...origin,
      state,
      occurredAt: new Date().toISOString(),
      ...report,
    }),
  };
}

/** Builds the ledger entry of a turn. Without `heardText`, the caller heard the whole reply. */
export function someRecord(turnNo: number, said: string, answer?: string, heardText = answer): TurnRecord {
  return {
    turnNo,
    turnId: newId('turn'),
    said,
    ...(answer === undefined
      ? { noReplyReason: 'backchannel' as const }
      : {
          reply: {
            kind: 'answer' as const,
            text: answer,
            heardText: heardText!,
            ...(heardText !== answer && { cutBy: 'barge-in' as const }),
            heardMs: heardText!.length * 60,
          },
        }),
    timings: { speechEndAt: new Date().toISOString() },
    counters: { sttMs: 1_000, charactersSynthesised: 10, tokensUsed: 10, tokensWasted: 0 },
    endedAt: new Date().toISOString(),
  };
}
