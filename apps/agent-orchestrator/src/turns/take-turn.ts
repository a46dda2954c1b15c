import { Inject, Injectable } from '@nestjs/common';
import { asksOnlyWhenQuiet, buildPrompt, quietAtMs, readAnswer, storableText } from '@parley/dialogue';
import { RetryableError } from '@parley/messaging';
import { setTimeout as pause } from 'node:timers/promises';
import { AskModel } from './ask-model.js';
import { EndTurn, type Ending, type TurnOutcome } from './end-turn.js';
import { Lanes, type LeasedTurn, type TurnContext } from './lanes.js';
import { TURN_POLICY, type TurnPolicy } from './turn-policy.js';

/**
 * One turn of an agent: read the conversation, ask the model at once, say it when the person is quiet. Undefined when it
 * was cancelled before the end.
 */
@Injectable()
export class TakeTurn {
  constructor(
    private readonly lanes: Lanes,
    private readonly askModel: AskModel,
    private readonly endTurn: EndTurn,
    @Inject(TURN_POLICY) private readonly policy: TurnPolicy,
  ) {}

  /** @param drafted called once the reply is worked out and only waits */
  async execute(
    turn: LeasedTurn,
    cancelled: AbortSignal,
    drafted: () => void = () => undefined,
  ): Promise<TurnOutcome | undefined> {
    const context = await this.#throughOutages(cancelled, () =>
      this.lanes.contextOf(turn, this.policy.context.maxMessages),
    );
    const ending = context && (await this.#endingOf(turn, context, cancelled));
    if (!ending) return undefined;
    drafted();
    await this.#untilQuiet(turn, cancelled);
    return this.#throughOutages(cancelled, () => this.endTurn.execute(turn, context, ending));
  }

  async #endingOf(
    turn: LeasedTurn,
    { systemPrompt, channel, log }: TurnContext,
    cancelled: AbortSignal,
  ): Promise<Ending | undefined> {
    if (turn.attempt > this.policy.maxExpiredLeases) return { kind: 'failure', reason: 'abandoned' };
    if (asksOnlyWhenQuiet(turn.burst, this.policy.bursts)) await this.#untilQuiet(turn, cancelled);
    const prompt = buildPrompt({ systemPrompt, channel, log, budget: this.policy.context });
    const outcome = await this.askModel.execute(prompt, cancelled);
    if (outcome.kind === 'cancelled') return undefined;
    if (outcome.kind === 'failed') return { kind: 'failure', reason: outcome.reason };
    const answer = readAnswer(storableText(outcome.text));
    return answer.kind === 'reply' ? { kind: 'answer', text: answer.text } : { kind: 'no-reply' };
  }

  /** Until the person is quiet, or the turn is cancelled. */
  async #untilQuiet({ burst }: LeasedTurn, cancelled: AbortSignal): Promise<void> {
    const waitMs = quietAtMs(burst, this.policy.bursts) - performance.now();
    if (waitMs > 0) await pause(waitMs, undefined, { signal: cancelled }).catch(() => undefined);
  }

  /**
   * Tries again while Postgres is away, until the turn is cancelled or its time is over: then undefined. What was
   * committed without our knowing is not done twice: the lease token is gone with it.
   */
  async #throughOutages<T>(cancelled: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    const stop = AbortSignal.any([cancelled, AbortSignal.timeout(this.policy.turnTimeoutMs)]);
    while (!stop.aborted) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        await pause(this.policy.outageRetryMs, undefined, { signal: stop }).catch(() => undefined);
      }
    }
    return undefined;
  }
}
