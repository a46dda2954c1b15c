import { assertNever } from '@parley/kernel';
import type { HangUpReason, TurnOutput } from '@parley/turn-taking';
import { fillerText, phraseText, type VoiceAgent } from '../agents/voice-agent.js';
import { type Call, originOf } from '../calls/call.js';
import type { CallRecogniser } from './call-recogniser.js';
import type { CallVoice } from './call-voice.js';
import type { Replies } from './replies.js';
import type { TurnLedger } from './turn-ledger.js';

export interface TurnActionsParts {
  readonly call: Call;
  readonly agent: VoiceAgent;
  /** The agent's turns run under this token, on every media stream of the call. */
  readonly laneToken: string;
  readonly ledger: TurnLedger;
  readonly recogniser: CallRecogniser;
  readonly replies: Replies;
  readonly voice: CallVoice;
  readonly hangUp: (reason: HangUpReason) => void;
  readonly ignored: (output: Extract<TurnOutput, { kind: 'ignore' }>) => void;
}

/** Carries out the decisions of turn-taking: requests replies, speaks, and records each turn. */
export class TurnActions {
  /** How much audio had arrived when the current turn began. */
  #countedMs = 0;

  constructor(private readonly parts: TurnActionsParts) {}

  do(output: TurnOutput, atMs: number): void {
    const { agent, ledger, recogniser, replies, voice } = this.parts;
    switch (output.kind) {
      case 'start-turn':
        return this.#ask(output);
      case 'cancel-turn':
        return replies.cancel(output.turnNo);
      case 'speak':
        replies.markSpoken(output.turnNo);
        return this.#speak(output.turnNo, output.sentence);
      case 'say':
        ledger.open(output.turnNo, { phrase: output.phrase });
        return this.#speak(output.turnNo, phraseText(agent, output.phrase, output.nth));
      case 'fill':
        return voice.fill(output.turnNo, fillerText(agent, output.nth));
      case 'finish-speaking':
        return voice.finish(output.turnNo);
      case 'suspend':
        return voice.suspend(output.turnNo, atMs);
      case 'resume':
        return voice.resume(output.turnNo, atMs);
      case 'close-turn':
        return this.#close(output, atMs);
      case 'record-unanswered':
        return this.#recordUnanswered(output, atMs);
      case 'reconnect-recogniser':
        return recogniser.reopen();
      case 'hang-up':
        return this.parts.hangUp(output.reason);
      case 'ignore':
        return this.parts.ignored(output);
      default:
        return assertNever(output);
    }
  }

  /** Stores a sentence before it is spoken, so that a process that takes over knows what the caller may have heard. */
  #speak(turnNo: number, sentence: string): void {
    const { ledger, voice } = this.parts;
    voice.speak(turnNo, sentence, ledger.addSentence(turnNo, sentence));
  }

  #ask({ turnNo, said, speechEndMs, sttFinalMs }: Extract<TurnOutput, { kind: 'start-turn' }>): void {
    const { call, laneToken, ledger, replies } = this.parts;
    const { turnId } = ledger.open(turnNo, { said, timings: { speechEndMs, sttFinalMs } });
    void ledger.storeSaid(turnNo);
    replies.start(turnNo, (attempt) => ({
      callId: call.id,
      call: originOf(call),
      turnNo: ledger.numberOf(turnNo),
      turnId,
      attempt,
      laneToken,
      said,
      ledger: ledger.unacknowledged,
    }));
  }

  #close({ turnNo, cut }: Extract<TurnOutput, { kind: 'close-turn' }>, atMs: number): void {
    const { ledger, replies, voice } = this.parts;
    replies.cancel(turnNo);
    const spoken = voice.close(turnNo, atMs, cut !== undefined);
    this.#countReceived(turnNo);
    ledger.close(turnNo, spoken, cut, atMs);
  }

  #recordUnanswered(output: Extract<TurnOutput, { kind: 'record-unanswered' }>, atMs: number): void {
    const { turnNo, said, speechEndMs, sttFinalMs, reason } = output;
    this.parts.ledger.open(turnNo, { said, timings: { speechEndMs, sttFinalMs } });
    this.#countReceived(turnNo);
    this.parts.ledger.closeUnanswered(turnNo, reason, atMs);
  }

  /** Counts the audio that arrived since the previous turn. */
  #countReceived(turnNo: number): void {
    const { receivedMs } = this.parts.recogniser;
    this.parts.ledger.addCounters(turnNo, { sttMs: receivedMs - this.#countedMs });
    this.#countedMs = receivedMs;
  }
}
