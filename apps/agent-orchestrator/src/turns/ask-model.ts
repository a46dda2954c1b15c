import { Logger } from '@nestjs/common';
import { MAX_ANSWER_CHARS, type Prompt } from '@parley/dialogue';
import { RetryableError } from '@parley/messaging';
import { LanguageModel } from '../model/language-model.js';
import type { TurnPolicy } from './turn-policy.js';

type CallPolicy = Pick<TurnPolicy, 'modelCallTimeoutMs' | 'turnTimeoutMs' | 'maxModelCalls'>;

export type ModelOutcome =
  | { kind: 'text'; text: string }
  | { kind: 'failed'; reason: 'model-error' | 'model-timeout' }
  | { kind: 'cancelled' };

/**
 * Asks the model within the turn's time, once more where an error may pass. A broken-off answer counts for nothing; of
 * one without end no more is read than can be said.
 */
export class AskModel {
  readonly #logger = new Logger(AskModel.name);

  constructor(
    private readonly model: LanguageModel,
    private readonly policy: CallPolicy,
  ) {}

  async execute(prompt: Prompt, cancelled: AbortSignal): Promise<ModelOutcome> {
    const turnOver = AbortSignal.timeout(this.policy.turnTimeoutMs);
    for (let call = 1; ; call++) {
      const callOver = AbortSignal.timeout(this.policy.modelCallTimeoutMs);
      const outcome = await this.#call(prompt, cancelled, AbortSignal.any([callOver, turnOver]));
      const mayTryAgain = call < this.policy.maxModelCalls && !turnOver.aborted;
      if (outcome.kind !== 'failed') return outcome;
      this.#logger.warn({ reason: outcome.reason, call, error: outcome.message }, 'the model did not answer');
      if (!outcome.retryable || !mayTryAgain) return { kind: 'failed', reason: outcome.reason };
    }
  }

  async #call(prompt: Prompt, cancelled: AbortSignal, timeUp: AbortSignal): Promise<CallOutcome> {
    if (cancelled.aborted) return { kind: 'cancelled' };
    const enough = new AbortController();
    const stop = AbortSignal.any([cancelled, timeUp, enough.signal]);
    let outcome: CallOutcome | undefined;
    try {
      const text = await unlessAborted(this.#collect(prompt, stop), stop);
      outcome = { kind: 'text', text };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      outcome = {
        kind: 'failed',
        reason: 'model-error',
        retryable: error instanceof RetryableError,
        message,
      };
    }
    enough.abort();
    if (cancelled.aborted) return { kind: 'cancelled' };
    if (timeUp.aborted)
      return { kind: 'failed', reason: 'model-timeout', retryable: true, message: 'time is up' };
    return outcome;
  }

  async #collect(prompt: Prompt, stop: AbortSignal): Promise<string> {
    let text = '';
    for await (const piece of this.model.reply(prompt, stop)) {
      text += piece;
      if (text.length > MAX_ANSWER_CHARS && text.trim().length > MAX_ANSWER_CHARS) break;
    }
    return text;
  }
}

type CallOutcome =
  | Exclude<ModelOutcome, { kind: 'failed' }>
  | { kind: 'failed'; reason: 'model-error' | 'model-timeout'; retryable: boolean; message: string };

/** Does not rely on the vendor's client to come back when it is told to stop. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stopped = () => reject(new Error('stopped'));
    if (signal.aborted) stopped();
    signal.addEventListener('abort', stopped, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stopped));
  });
}
