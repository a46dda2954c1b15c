import { Inject, Injectable } from '@nestjs/common';
import type { VoiceTurn, VoiceTurnEnd } from '@parley/contracts';
import { buildPrompt, type LoggedMessage, type Prompt } from '@parley/dialogue';
import { RpcFailure } from '@parley/messaging';
import { Transactions } from '@parley/persistence';
import { type ComposeReply, SPOKEN_REPLIES, type ToolTurn } from '../../../replies/compose-reply.js';
import { CONTEXT_BUDGET } from '../../../replies/reply-policy.js';
import { TurnSteps, type NotedStep } from '../../../replies/turn-steps.js';
import { CallLog, type CallContext, type CallPlace } from '../log/call-log.js';
import { MergeTurns } from '../log/merge-turns.js';
import { OpenCall } from '../log/open-call.js';
import { SpokenWords } from './spoken-words.js';
import { voicePrompt } from './voice-channel.js';

/**
 * One turn of an agent in a call: merge the ledger, read the conversation, say the model's words as they come, use the
 * tools it asks for. What becomes of the words comes back with a later ledger: nothing of them is added to the log here.
 */
@Injectable()
export class TakeSpokenTurn {
  constructor(
    private readonly transactions: Transactions,
    private readonly calls: CallLog,
    private readonly openCall: OpenCall,
    private readonly mergeTurns: MergeTurns,
    private readonly steps: TurnSteps,
    @Inject(SPOKEN_REPLIES) private readonly composeReply: ComposeReply,
  ) {}

  /**
   * @throws RpcFailure `lane-lost`, `call-over`, `call-unknown` (a speculative turn opens none), `needs-confirmation` (nor
   * does it use tools), `model-failed`
   */
  async execute(turn: VoiceTurn, cancelled: AbortSignal, say: (text: string) => void): Promise<VoiceTurnEnd> {
    const { place, context, noted } = turn.isSpeculative ? await this.#look(turn) : await this.#begin(turn);
    const words = new SpokenWords(say);
    const toolTurn = this.#toolTurnOf(turn, place, context, noted);
    const outcome = await this.composeReply.execute(
      this.#promptOf(turn, context),
      toolTurn,
      cancelled,
      words,
    );
    const end = {
      turnId: turn.turnId,
      attempt: turn.attempt,
      ledgerMergedThrough: context.mergedThrough,
      conversationId: place.conversationId,
      contactId: place.contactId,
    };
    if (outcome.kind === 'cancelled') return { ...end, finishReason: 'cancelled' };
    // A caller who has waited that long is not made to wait for a second attempt.
    if (outcome.kind === 'failed')
      throw new RpcFailure('model-failed', outcome.reason, outcome.reason !== 'model-timeout');
    if (outcome.kind === 'superseded') throw refusalOf(turn);
    const finishReason = words.end() ? 'complete' : 'no-reply';
    return { ...end, finishReason, ...(outcome.usage && { usage: outcome.usage }) };
  }

  async #begin(turn: VoiceTurn): Promise<Begun> {
    const place = await this.openCall.execute(turn.call);
    const context = await this.transactions.run(async (tx) => {
      await this.calls.lock(tx, place.conversationId);
      const lane = await this.calls.holdLane(tx, turn.callId, turn.laneToken);
      if (lane !== 'held') throw new RpcFailure(lane, `No turn of ${turn.callId} is taken here any more`);
      await this.mergeTurns.execute(tx, place, turn.ledger);
      await this.calls.beginTurn(tx, place, turn.turnNo, turn.turnId);
      return this.calls.contextOf(place, turn.turnId, CONTEXT_BUDGET.maxMessages, tx);
    });
    const noted = turn.attempt > 1 ? await this.steps.of(turn.turnId) : [];
    return { place, context, noted };
  }

  /** Reads without a lease and writes nothing: its ledger is only read along. */
  async #look(turn: VoiceTurn): Promise<Begun> {
    const place = await this.calls.placeOf(turn.callId);
    if (!place) throw new RpcFailure('call-unknown', `Nothing was said in ${turn.callId} yet`, true);
    const context = await this.calls.contextOf(place, turn.turnId, CONTEXT_BUDGET.maxMessages);
    const unmerged = turn.ledger.filter(({ turnNo }) => turnNo > context.mergedThrough);
    const log = [...context.log, ...unmerged.flatMap(messagesOf)];
    return { place, context: { ...context, log }, noted: [] };
  }

  /** What a tool does outlives the turn, so it is fenced by the call's lane; a guess at what was said does nothing. */
  #toolTurnOf(
    turn: VoiceTurn,
    place: CallPlace,
    { tools }: CallContext,
    noted: readonly NotedStep[],
  ): ToolTurn {
    const { turnId, callId, laneToken, isSpeculative } = turn;
    const { conversationId, contactId, laneId, seesHistory } = place;
    return {
      scene: { turnId, conversationId, laneId, contactId, channel: voicePrompt, isContact: seesHistory },
      allowed: tools,
      noted,
      beforeEffect: (tx) => this.mergeTurns.addRequest(tx, place, turn),
      note: async (position, call, said) => {
        if (isSpeculative) return undefined;
        return this.transactions.run(async (tx) => {
          await this.calls.lock(tx, conversationId);
          if ((await this.calls.holdLane(tx, callId, laneToken)) !== 'held') return undefined;
          return this.steps.note(tx, { turnId, conversationId, place: position }, call, said);
        });
      },
    };
  }

  #promptOf({ said }: VoiceTurn, { systemPrompt, log }: CallContext): Prompt {
    return buildPrompt({
      systemPrompt,
      channel: voicePrompt,
      log: [...log, { ...JUST_SAID, text: said }],
      budget: CONTEXT_BUDGET,
    });
  }
}

interface Begun {
  place: CallPlace;
  context: CallContext;
  noted: readonly NotedStep[];
}

function refusalOf({ isSpeculative, callId }: VoiceTurn): RpcFailure {
  return isSpeculative
    ? new RpcFailure('needs-confirmation', 'What was said has to be certain before a tool is used')
    : new RpcFailure('lane-lost', `No turn of ${callId} is taken here any more`);
}

/** What is asked now: after everything else that awaits an answer. */
const JUST_SAID = {
  seq: Number.MAX_SAFE_INTEGER,
  author: 'contact',
  channel: voicePrompt,
  receivedAtMs: Number.MAX_SAFE_INTEGER,
  isUnanswered: true,
} as const;

/** An entry that the log does not have yet, as it would stand there: after the log, before what is asked. */
function messagesOf({ turnNo, said, reply, endedAt }: VoiceTurn['ledger'][number]): LoggedMessage[] {
  const of = { seq: Number.MAX_SAFE_INTEGER - 1_000_000 + turnNo, channel: voicePrompt };
  const messages: LoggedMessage[] = [];
  if (said.trim() !== '') {
    messages.push({ ...of, author: 'contact', text: said, receivedAtMs: Date.parse(endedAt) });
  }
  if (reply) messages.push({ ...of, author: 'agent', text: reply.text, heardText: reply.heardText });
  return messages;
}
