import { Inject, Injectable } from '@nestjs/common';
import type { VoiceTurn, VoiceTurnEnd } from '@parley/contracts';
import { buildPrompt, mayBeNoReply, readAnswer, type LoggedMessage, type Prompt } from '@parley/dialogue';
import { RpcFailure } from '@parley/messaging';
import { Transactions } from '@parley/persistence';
import type { AskModel } from '../turns/ask-model.js';
import { TURN_POLICY, type TurnPolicy } from '../turns/turn-policy.js';
import { CallLog, type CallContext, type CallPlace } from './call-log.js';
import { MergeTurns } from './merge-turns.js';
import { OpenCall } from './open-call.js';

/** Asks for what is spoken: sooner given up than a text's, because somebody is listening. */
export abstract class AskAloud {
  abstract execute: AskModel['execute'];
}

/**
 * One turn of an agent in a call: merge the ledger, read the conversation, say the model's words as they come. What
 * becomes of them comes back with a later ledger: nothing is added to the log here but that.
 */
@Injectable()
export class TakeSpokenTurn {
  constructor(
    private readonly transactions: Transactions,
    private readonly calls: CallLog,
    private readonly openCall: OpenCall,
    private readonly mergeTurns: MergeTurns,
    private readonly askAloud: AskAloud,
    @Inject(TURN_POLICY) private readonly policy: TurnPolicy,
  ) {}

  /**
   * @throws RpcFailure `lane-lost`, `call-over`, `call-unknown` (a speculative turn opens none), `model-failed`
   */
  async execute(turn: VoiceTurn, cancelled: AbortSignal, say: (text: string) => void): Promise<VoiceTurnEnd> {
    const { place, context } = turn.isSpeculative ? await this.#look(turn) : await this.#begin(turn);
    const words = new Words(say);
    const outcome = await this.askAloud.execute(this.#promptOf(turn, context), cancelled, (piece) =>
      words.hear(piece),
    );
    const end = {
      turnId: turn.turnId,
      attempt: turn.attempt,
      ledgerMergedThrough: context.mergedThrough,
      conversationId: place.conversationId,
      contactId: place.contactId,
    };
    if (outcome.kind === 'cancelled') return { ...end, finishReason: 'cancelled' };
    if (outcome.kind === 'failed') throw new RpcFailure('model-failed', outcome.reason, true);
    const finishReason = words.end() ? 'complete' : 'no-reply';
    return { ...end, finishReason, ...(outcome.usage && { usage: outcome.usage }) };
  }

  async #begin(turn: VoiceTurn): Promise<{ place: CallPlace; context: CallContext }> {
    const place = await this.openCall.execute(turn.call);
    const context = await this.transactions.run(async (tx) => {
      await this.calls.lock(tx, place.conversationId);
      const lane = await this.calls.holdLane(tx, turn.callId, turn.laneToken);
      if (lane !== 'held') throw new RpcFailure(lane, `No turn of ${turn.callId} is taken here any more`);
      await this.mergeTurns.execute(tx, place, turn.ledger);
      await this.calls.beginTurn(tx, place, turn.turnNo, turn.turnId);
      return this.calls.contextOf(place, this.policy.context.maxMessages, tx);
    });
    return { place, context };
  }

  /** Reads without a lease and writes nothing: its ledger is only read along. */
  async #look(turn: VoiceTurn): Promise<{ place: CallPlace; context: CallContext }> {
    const place = await this.calls.placeOf(turn.callId);
    if (!place) throw new RpcFailure('call-unknown', `Nothing was said in ${turn.callId} yet`, true);
    const context = await this.calls.contextOf(place, this.policy.context.maxMessages);
    const unmerged = turn.ledger.filter(({ turnNo }) => turnNo > context.mergedThrough);
    return { place, context: { ...context, log: [...context.log, ...unmerged.flatMap(messagesOf)] } };
  }

  #promptOf({ said }: VoiceTurn, { systemPrompt, log }: CallContext): Prompt {
    return buildPrompt({
      systemPrompt,
      channel: 'voice',
      log: [...log, { ...JUST_SAID, text: said }],
      budget: this.policy.context,
    });
  }
}

/** What is asked now: after everything else that awaits an answer. */
const JUST_SAID = {
  seq: Number.MAX_SAFE_INTEGER,
  author: 'contact',
  channel: 'voice',
  receivedAtMs: Number.MAX_SAFE_INTEGER,
  isUnanswered: true,
} as const;

function messagesOf({ turnNo, said, reply, endedAt }: VoiceTurn['ledger'][number]): LoggedMessage[] {
  const seq = Number.MAX_SAFE_INTEGER - 1_000_000 + turnNo;
  const receivedAtMs = Date.parse(endedAt);
  return [
    ...(said.trim() === ''
      ? []
      : [{ seq, author: 'contact' as const, channel: 'voice' as const, text: said, receivedAtMs }]),
    ...(reply
      ? [
          {
            seq,
            author: 'agent' as const,
            channel: 'voice' as const,
            text: reply.text,
            heardText: reply.heardText,
          },
        ]
      : []),
  ];
}

/** Passes on what is to be spoken, and holds back what may still turn out to be "no reply". */
class Words {
  #held = '';
  #isSpeaking = false;

  constructor(private readonly say: (text: string) => void) {}

  hear(piece: string): void {
    if (this.#isSpeaking) return this.say(piece);
    this.#held += piece;
    if (!mayBeNoReply(this.#held)) this.#speak();
  }

  /** Whether anything is said. */
  end(): boolean {
    if (!this.#isSpeaking && readAnswer(this.#held).kind === 'reply') this.#speak();
    return this.#isSpeaking;
  }

  #speak(): void {
    this.#isSpeaking = true;
    this.say(this.#held.trimStart());
  }
}
