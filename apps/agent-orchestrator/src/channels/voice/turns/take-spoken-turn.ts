import { Inject, Injectable } from '@nestjs/common';
import type { VoiceTurn, VoiceTurnEnd } from '@parley/contracts';
import { RpcFailure } from '@parley/messaging';
import { Transactions } from '@parley/persistence';
import { type ComposeReply, SPOKEN_REPLY_COMPOSER, type ReplyTurn } from '../../../replies/compose-reply.js';
import { CONTEXT_BUDGET } from '../../../replies/reply-policy.js';
import { TurnSteps, type RecordedStep } from '../../../replies/turn-steps.js';
import { CallLog, type CallContext, type LoggedCall } from '../log/call-log.js';
import { MergeTurns } from '../log/merge-turns.js';
import { OpenCall } from '../log/open-call.js';
import { SpokenWords } from './spoken-words.js';
import { voicePrompt } from './voice-channel.js';
import { messagesOf, spokenPrompt } from './spoken-prompt.js';

/**
 * Runs one turn of a call: adds the ledger to the log, reads the conversation, passes on the model's words
 * while the model writes, and uses the tools that it calls. The reply is added to the log later, when the
 * ledger entry shows which part was heard.
 */
@Injectable()
export class TakeSpokenTurn {
  constructor(
    private readonly transactions: Transactions,
    private readonly calls: CallLog,
    private readonly openCall: OpenCall,
    private readonly mergeTurns: MergeTurns,
    private readonly steps: TurnSteps,
    @Inject(SPOKEN_REPLY_COMPOSER) private readonly composeReply: ComposeReply,
  ) {}

  /**
   * @throws RpcFailure `lane-lost`, `call-over`, `model-failed`; for a speculative turn, which opens no call
   * and uses no tools, also `call-unknown` and `needs-confirmation`
   */
  async execute(turn: VoiceTurn, cancelled: AbortSignal, say: (text: string) => void): Promise<VoiceTurnEnd> {
    const { call, context, recorded } = turn.isSpeculative ? await this.#look(turn) : await this.#begin(turn);
    const words = new SpokenWords(say);
    const toolTurn = this.#replyTurnOf(turn, call, context, recorded);
    const outcome = await this.composeReply.execute(spokenPrompt(turn, context), toolTurn, cancelled, words);
    const end = {
      turnId: turn.turnId,
      attempt: turn.attempt,
      ledgerMergedThrough: context.mergedThrough,
      conversationId: call.conversationId,
      contactId: call.contactId,
    };
    if (outcome.kind === 'cancelled') return { ...end, finishReason: 'cancelled' };
    // Not retryable after a time-out: the caller has waited too long for another attempt.
    if (outcome.kind === 'failed')
      throw new RpcFailure('model-failed', outcome.reason, outcome.reason !== 'model-timeout');
    if (outcome.kind === 'superseded') throw refusalOf(turn);
    const finishReason = words.end() ? 'complete' : 'no-reply';
    return { ...end, finishReason, ...(outcome.usage && { usage: outcome.usage }) };
  }

  async #begin(turn: VoiceTurn): Promise<BegunTurn> {
    const call = await this.openCall.execute(turn.call);
    const context = await this.transactions.run(async (tx) => {
      await this.calls.lock(tx, call.conversationId);
      const lane = await this.calls.holdLane(tx, turn.callId, turn.laneToken);
      if (lane !== 'held')
        throw new RpcFailure(lane, `Call ${turn.callId} takes no more turns under this lane token`);
      await this.mergeTurns.execute(tx, call, turn.ledger);
      await this.calls.beginTurn(tx, call, turn.turnNo, turn.turnId);
      return this.calls.contextOf(call, turn.turnId, CONTEXT_BUDGET.maxMessages, tx);
    });
    const recorded = turn.attempt > 1 ? await this.steps.of(turn.turnId) : [];
    return { call, context, recorded };
  }

  /**
   * Reads the conversation for a speculative turn: takes no lease, stores nothing, and adds the ledger entries only in
   * memory.
   */
  async #look(turn: VoiceTurn): Promise<BegunTurn> {
    const call = await this.calls.find(turn.callId);
    if (!call) throw new RpcFailure('call-unknown', `Call ${turn.callId} is not in the log yet`, true);
    const context = await this.calls.contextOf(call, turn.turnId, CONTEXT_BUDGET.maxMessages);
    const unmerged = turn.ledger.filter(({ turnNo }) => turnNo > context.mergedThrough);
    const log = [...context.log, ...unmerged.flatMap(messagesOf)];
    return { call, context: { ...context, log }, recorded: [] };
  }

  /**
   * Describes the turn to `ComposeReply`. A tool use is recorded only while this call's token holds its lane, because
   * the tool's effect outlives the turn.
   */
  #replyTurnOf(
    turn: VoiceTurn,
    loggedCall: LoggedCall,
    { tools }: CallContext,
    recorded: readonly RecordedStep[],
  ): ReplyTurn {
    const { turnId, callId, laneToken, isSpeculative } = turn;
    const { conversationId, contactId, laneId, seesHistory } = loggedCall;
    return {
      scene: { turnId, conversationId, laneId, contactId, channel: voicePrompt, isContact: seesHistory },
      allowed: tools,
      recorded,
      beforeEffect: (tx) => this.mergeTurns.addRequest(tx, loggedCall, turn),
      record: async (position, call, said) => {
        if (isSpeculative) return undefined;
        return this.transactions.run(async (tx) => {
          await this.calls.lock(tx, conversationId);
          if ((await this.calls.holdLane(tx, callId, laneToken)) !== 'held') return undefined;
          return this.steps.record(tx, { turnId, conversationId, position }, call, said);
        });
      },
    };
  }
}

interface BegunTurn {
  readonly call: LoggedCall;
  readonly context: CallContext;
  readonly recorded: readonly RecordedStep[];
}

function refusalOf({ isSpeculative, callId }: VoiceTurn): RpcFailure {
  return isSpeculative
    ? new RpcFailure(
        'needs-confirmation',
        'A speculative turn uses no tool; ask again once the end of turn is certain',
      )
    : new RpcFailure('lane-lost', `Call ${callId} takes no more turns under this lane token`);
}
