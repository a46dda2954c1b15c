import { Inject, Injectable } from '@nestjs/common';
import { asksOnlyWhenQuiet, buildPrompt, quietAtMs, readReply, storableText } from '@parley/dialogue';
import { RetryableError, sleep } from '@parley/resilience';
import { type ComposeReply, TEXT_REPLY_COMPOSER, type ReplyTurn } from '../replies/compose-reply.js';
import { AnswerIntents, type AnsweredIntents, NO_INTENTS } from '../intents/answer-intents.js';
import { CONTEXT_BUDGET } from '../replies/reply-policy.js';
import type { RecordedStep } from '../replies/turn-steps.js';
import { EndTurn, type TurnEnding, type TurnOutcome } from './end-turn.js';
import { Lanes, type LeasedTurn, type TurnContext } from './lanes.js';
import { RecordToolUse } from './record-tool-use.js';
import { TEXT_TURN_POLICY, type TextTurnPolicy } from './text-turn-policy.js';

/** The conversation of a turn, and the steps that earlier attempts recorded. */
type LoadedTurn = TurnContext & { recorded: readonly RecordedStep[] };

/**
 * Runs one text turn: reads the conversation and composes the reply at once. It waits until the person is
 * quiet before it sends the reply or uses a tool. Returns undefined if the turn was cancelled.
 */
@Injectable()
export class TakeTurn {
  constructor(
    private readonly lanes: Lanes,
    private readonly answerIntents: AnswerIntents,
    @Inject(TEXT_REPLY_COMPOSER) private readonly composeReply: ComposeReply,
    private readonly recordToolUse: RecordToolUse,
    private readonly endTurn: EndTurn,
    @Inject(TEXT_TURN_POLICY) private readonly policy: TextTurnPolicy,
  ) {}

  /** @param drafted called when the reply is composed and only waits until the person is quiet */
  async execute(
    turn: LeasedTurn,
    cancelled: AbortSignal,
    drafted: () => void = () => undefined,
  ): Promise<TurnOutcome | undefined> {
    const loaded = await this.#throughOutages(cancelled, () => this.#read(turn));
    const intents = loaded && (await this.#throughOutages(cancelled, () => this.#intentsOf(turn, loaded)));
    if (!intents) return undefined;
    const fixed = endingWithoutModel(intents, loaded);
    const ending = fixed ?? (await this.#endingOf(turn, loaded, intents, cancelled));
    if (!ending) return undefined;
    if (ending.kind === 'superseded') return this.#throughOutages(cancelled, () => this.#drop(turn));
    drafted();
    if (!fixed) await this.#untilQuiet(turn, loaded, cancelled);
    return this.#throughOutages(cancelled, () => this.endTurn.execute(turn, loaded, ending));
  }

  /** Gives a cancelled turn back (see `EndTurn.giveBack`). */
  giveBack(turn: LeasedTurn, { isRerun }: { isRerun: boolean }): Promise<boolean> {
    return this.endTurn.giveBack(turn, { isRerun });
  }

  async #read(turn: LeasedTurn): Promise<LoadedTurn> {
    const [context, recorded] = await Promise.all([
      this.lanes.contextOf(turn, CONTEXT_BUDGET.maxMessages),
      this.recordToolUse.recordedBy(turn),
    ]);
    return { ...context, recorded };
  }

  /** Answers the intents of a turn, but not of a turn that is given up because its processes died. */
  #intentsOf(turn: LeasedTurn, loaded: LoadedTurn): Promise<AnsweredIntents> {
    if (turn.attempt > this.policy.maxExpiredLeases) return Promise.resolve(NO_INTENTS);
    return this.answerIntents.execute({ ...loaded, conversationId: turn.conversationId });
  }

  async #endingOf(
    turn: LeasedTurn,
    loaded: LoadedTurn,
    { answered, answers }: AnsweredIntents,
    cancelled: AbortSignal,
  ): Promise<TurnEnding | { kind: 'superseded' } | undefined> {
    if (turn.attempt > this.policy.maxExpiredLeases) return { kind: 'failure', reason: 'abandoned' };
    if (asksOnlyWhenQuiet(turn.burst, this.policy.bursts)) await this.#untilQuiet(turn, loaded, cancelled);
    const { systemPrompt, channel } = loaded;
    const log = loaded.log.filter(({ seq, isUnanswered }) => !(isUnanswered && answered.has(seq)));
    const prompt = buildPrompt({ systemPrompt, channel: channel.prompt, log, budget: CONTEXT_BUDGET });
    const draft = channel.showDraft({ ...turn, threadId: loaded.threadId });
    const outcome = await this.composeReply
      .execute(prompt, this.#replyTurnOf(turn, loaded, cancelled), cancelled, draft)
      .catch(cancelIfRetryable);
    draft?.ended(outcome.kind === 'text' ? 'complete' : 'dropped');
    if (outcome.kind === 'cancelled') return undefined;
    if (outcome.kind === 'superseded') return outcome;
    if (outcome.kind === 'failed') {
      return answers.length > 0 ? answerOf(answers) : { kind: 'failure', reason: outcome.reason };
    }
    const answer = readReply(storableText(outcome.text), channel.prompt);
    return answerOf(answer.kind === 'reply' ? [...answers, answer.text] : answers);
  }

  #replyTurnOf(turn: LeasedTurn, loaded: LoadedTurn, cancelled: AbortSignal): ReplyTurn {
    const { turnId, conversationId, laneId } = turn;
    const { channel, threadId, contactId, tools, recorded } = loaded;
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
      recorded,
      record: async (position, call, said) => {
        await this.#untilQuiet(turn, loaded, cancelled);
        return this.#throughOutages(cancelled, () => this.recordToolUse.execute(turn, position, call, said));
      },
    };
  }

  /** Gives back a turn that a newer message superseded before its first tool use, so that it runs again. */
  async #drop(turn: LeasedTurn): Promise<TurnOutcome> {
    return (await this.giveBack(turn, { isRerun: true })) ? 'superseded' : 'lease-lost';
  }

  /** Waits until the person is quiet or the turn is cancelled. */
  async #untilQuiet({ burst }: LeasedTurn, { channel }: LoadedTurn, cancelled: AbortSignal): Promise<void> {
    const { bursts } = this.policy;
    const waitMs = quietAtMs(burst, channel.quietMs * bursts.quietTimeScale, bursts) - performance.now();
    if (waitMs > 0) await sleep(waitMs, cancelled);
  }

  /**
   * Retries while Postgres is unavailable. Returns undefined once the turn is cancelled or its time is over.
   * If a commit succeeded but its answer was lost, the retry changes nothing, because the commit removed the
   * lease token.
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

/** Returns how a turn ends whose texts were all intents, or whose person must verify their phone first. */
function endingWithoutModel(
  { answered, answers, hint }: AnsweredIntents,
  { log }: LoadedTurn,
): TurnEnding | undefined {
  if (hint !== undefined && answered.size === 0) return { kind: 'hint', text: hint };
  const isAnswered = log.every(({ seq, isUnanswered }) => !isUnanswered || answered.has(seq));
  if (hint === undefined && (answered.size === 0 || !isAnswered)) return undefined;
  return answerOf(answers);
}

function answerOf(texts: readonly string[]): TurnEnding {
  return texts.length > 0 ? { kind: 'answer', text: texts.join('\n') } : { kind: 'no-reply' };
}

/** Cancels the turn if a tool's result could not be stored. The next attempt stores it first. */
function cancelIfRetryable(error: unknown): { kind: 'cancelled' } {
  if (error instanceof RetryableError) return { kind: 'cancelled' };
  throw error;
}
