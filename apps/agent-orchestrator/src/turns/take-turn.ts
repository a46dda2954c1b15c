import { Inject, Injectable } from '@nestjs/common';
import { asksOnlyWhenQuiet, buildPrompt, quietAtMs, readAnswer, storableText } from '@parley/dialogue';
import { RetryableError, sleep } from '@parley/resilience';
import { type ComposeReply, TEXT_REPLIES, type ToolTurn } from '../replies/compose-reply.js';
import { CONTEXT_BUDGET } from '../replies/reply-policy.js';
import { TurnSteps, type NotedStep } from '../replies/turn-steps.js';
import { EndTurn, type Ending, type TurnOutcome } from './end-turn.js';
import { Lanes, type LeasedTurn, type TurnContext } from './lanes.js';
import { NoteToolUse } from './note-tool-use.js';
import { TURN_POLICY, type TurnPolicy } from './turn-policy.js';

/** What a turn knows: its conversation, and what earlier attempts of it did. */
type Known = TurnContext & { noted: readonly NotedStep[] };

/**
 * One turn of an agent: read the conversation, compose the reply at once, say it, or use a tool, when the person is quiet.
 * Undefined when it was cancelled before the end.
 */
@Injectable()
export class TakeTurn {
  constructor(
    private readonly lanes: Lanes,
    private readonly steps: TurnSteps,
    @Inject(TEXT_REPLIES) private readonly composeReply: ComposeReply,
    private readonly noteToolUse: NoteToolUse,
    private readonly endTurn: EndTurn,
    @Inject(TURN_POLICY) private readonly policy: TurnPolicy,
  ) {}

  /** @param drafted called once the reply is worked out and only waits */
  async execute(
    turn: LeasedTurn,
    cancelled: AbortSignal,
    drafted: () => void = () => undefined,
  ): Promise<TurnOutcome | undefined> {
    const known = await this.#throughOutages(cancelled, () => this.#read(turn));
    const ending = known && (await this.#endingOf(turn, known, cancelled));
    if (!ending) return undefined;
    if (ending.kind === 'superseded') return this.#throughOutages(cancelled, () => this.#drop(turn));
    drafted();
    await this.#untilQuiet(turn, known, cancelled);
    return this.#throughOutages(cancelled, () => this.endTurn.execute(turn, known, ending));
  }

  async #read(turn: LeasedTurn): Promise<Known> {
    const [context, noted] = await Promise.all([
      this.lanes.contextOf(turn, CONTEXT_BUDGET.maxMessages),
      turn.hasActed ? this.steps.of(turn.turnId) : [],
    ]);
    return { ...context, noted };
  }

  async #endingOf(
    turn: LeasedTurn,
    known: Known,
    cancelled: AbortSignal,
  ): Promise<Ending | { kind: 'superseded' } | undefined> {
    if (turn.attempt > this.policy.maxExpiredLeases) return { kind: 'failure', reason: 'abandoned' };
    if (asksOnlyWhenQuiet(turn.burst, this.policy.bursts)) await this.#untilQuiet(turn, known, cancelled);
    const { systemPrompt, channel, log } = known;
    const prompt = buildPrompt({ systemPrompt, channel: channel.prompt, log, budget: CONTEXT_BUDGET });
    const outcome = await this.composeReply
      .execute(prompt, this.#toolTurnOf(turn, known, cancelled), cancelled)
      .catch(leftToAnotherAttempt);
    if (outcome.kind === 'cancelled') return undefined;
    if (outcome.kind === 'superseded') return outcome;
    if (outcome.kind === 'failed') return { kind: 'failure', reason: outcome.reason };
    const answer = readAnswer(storableText(outcome.text), channel.prompt);
    return answer.kind === 'reply' ? { kind: 'answer', text: answer.text } : { kind: 'no-reply' };
  }

  #toolTurnOf(turn: LeasedTurn, known: Known, cancelled: AbortSignal): ToolTurn {
    const { turnId, conversationId, laneId } = turn;
    const { channel, threadId, contactId, tools, noted } = known;
    return {
      scene: {
        turnId,
        conversationId,
        laneId,
        contactId,
        channel: channel.prompt,
        threadId,
        isContact: true,
      },
      allowed: tools,
      noted,
      note: async (place, call, said) => {
        await this.#untilQuiet(turn, known, cancelled);
        return this.#throughOutages(cancelled, () => this.noteToolUse.execute(turn, place, call, said));
      },
    };
  }

  /** Something newer came in before a tool was used: the turn begins anew. */
  async #drop(turn: LeasedTurn): Promise<TurnOutcome> {
    return (await this.endTurn.giveBack(turn, { isRerun: true })) ? 'superseded' : 'lease-lost';
  }

  /** Until the person is quiet, or the turn is cancelled. */
  async #untilQuiet({ burst }: LeasedTurn, { channel }: Known, cancelled: AbortSignal): Promise<void> {
    const { bursts } = this.policy;
    const waitMs = quietAtMs(burst, channel.quietMs * bursts.quietTimeScale, bursts) - performance.now();
    if (waitMs > 0) await sleep(waitMs, cancelled);
  }

  /**
   * Tries again while Postgres is away, until the turn is cancelled or its time is over: then undefined. What was
   * committed without our knowing is not done twice: the lease token is gone with it.
   */
  async #throughOutages<T>(cancelled: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    const stop = AbortSignal.any([cancelled, AbortSignal.timeout(this.policy.replies.text.turnTimeoutMs)]);
    while (!stop.aborted) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        await sleep(this.policy.outageRetryMs, stop);
      }
    }
    return undefined;
  }
}

/** What a tool did could not be written down: the next attempt does that first. */
function leftToAnotherAttempt(error: unknown): { kind: 'cancelled' } {
  if (error instanceof RetryableError) return { kind: 'cancelled' };
  throw error;
}
