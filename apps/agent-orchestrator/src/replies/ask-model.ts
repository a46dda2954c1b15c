import { Logger } from '@nestjs/common';
import { MAX_REPLY_CHARS, type Prompt, type ToolCall } from '@parley/dialogue';
import { RetryableError } from '@parley/resilience';
import { EndlessReasoningError, LanguageModel, type ModelUsage } from '../model/language-model.js';
import type { ReplyPolicy } from './reply-policy.js';

export type ModelCallPolicy = Omit<ReplyPolicy, 'maxToolSteps' | 'toolTimeoutMs' | 'toolSettleMs'>;

/** Added to the system prompt after an attempt that was stopped because the model only reasoned. */
const ANSWER_AT_ONCE = 'Your last attempt was stopped because you reasoned for too long. Answer at once.';

export type ModelOutcome =
  | { kind: 'text'; text: string; calls: ToolCall[]; usage?: ModelUsage }
  | { kind: 'failed'; reason: 'model-error' | 'model-timeout' }
  | { kind: 'cancelled' };

/**
 * Asks the model within the turn's time, and once more after a retryable error. An answer that breaks off is
 * dropped; an answer that is too long is cut. After `onText` received a piece, the model is asked again only
 * if `onRestart` can take the piece back.
 */
export class AskModel {
  readonly #logger = new Logger(AskModel.name);

  constructor(
    private readonly model: LanguageModel,
    private readonly policy: ModelCallPolicy,
  ) {}

  /**
   * @param onText receives the answer while the model writes it
   * @param withinMs the rest of the turn's time
   * @param onRestart called before the model is asked again after `onText` received a piece; takes the piece back
   */
  async execute(
    prompt: Prompt,
    cancelled: AbortSignal,
    onText: (piece: string) => void = ignore,
    withinMs: number = this.policy.turnTimeoutMs,
    onRestart?: () => void,
  ): Promise<ModelOutcome> {
    let isPassedOn = false;
    let asked = prompt;
    const turnOver = new AbortController();
    const timer = setTimeout(() => turnOver.abort(), withinMs);
    const firstPart = setTimeout(() => turnOver.abort(), this.policy.firstPartTimeoutMs ?? withinMs);
    const listener: PartListener = {
      part: () => clearTimeout(firstPart),
      text: (piece) => {
        isPassedOn ||= onText !== ignore;
        onText(piece);
      },
    };
    try {
      for (let call = 1; ; call++) {
        const outcome = await this.#call(asked, cancelled, turnOver.signal, listener);
        const isFinal = isPassedOn && onRestart === undefined;
        const mayTryAgain = !isFinal && call < this.policy.maxModelCalls && !turnOver.signal.aborted;
        if (outcome.kind !== 'failed') return outcome;
        this.#logger.warn(
          { reason: outcome.reason, call, error: outcome.message },
          'A request to the model failed',
        );
        if (!outcome.retryable || !mayTryAgain) return { kind: 'failed', reason: outcome.reason };
        if (isPassedOn) onRestart?.();
        isPassedOn = false;
        if (outcome.isEndless) asked = { ...prompt, system: `${prompt.system}\n\n${ANSWER_AT_ONCE}` };
      }
    } finally {
      clearTimeout(timer);
      clearTimeout(firstPart);
    }
  }

  /**
   * Sends one request to the model. It uses its own timers and listeners instead of `AbortSignal.any`: Node 24 never
   * releases a combined signal over a time-out that is part of another combined signal, and vendors' clients combine
   * signals. Each request would leak one.
   */
  async #call(
    prompt: Prompt,
    cancelled: AbortSignal,
    turnOver: AbortSignal,
    listener: PartListener,
  ): Promise<CallOutcome> {
    if (cancelled.aborted) return { kind: 'cancelled' };
    const stopping = new AbortController();
    let isTimeUp = false;
    const stop = (): void => stopping.abort();
    const timeUp = (): void => {
      isTimeUp = true;
      stop();
    };
    const { modelCallTimeoutMs, gapTimeoutMs = modelCallTimeoutMs } = this.policy;
    const timer = setTimeout(timeUp, modelCallTimeoutMs);
    let gap: NodeJS.Timeout | undefined;
    const onPart = (): void => {
      listener.part();
      gap ??= setTimeout(timeUp, gapTimeoutMs);
      gap.refresh();
    };
    turnOver.addEventListener('abort', timeUp, { once: true });
    cancelled.addEventListener('abort', stop, { once: true });
    let outcome: CallOutcome | undefined;
    try {
      const collected = this.#collect(prompt, stopping.signal, { ...listener, part: onPart });
      outcome = await unlessAborted(collected, stopping.signal);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      outcome = {
        kind: 'failed',
        reason: 'model-error',
        retryable: error instanceof RetryableError,
        isEndless: error instanceof EndlessReasoningError,
        message,
      };
    } finally {
      clearTimeout(timer);
      clearTimeout(gap);
      turnOver.removeEventListener('abort', timeUp);
      cancelled.removeEventListener('abort', stop);
    }
    stop();
    if (cancelled.aborted) return { kind: 'cancelled' };
    if (isTimeUp)
      return {
        kind: 'failed',
        reason: 'model-timeout',
        retryable: true,
        message: 'The model did not answer in time',
      };
    return outcome;
  }

  async #collect(prompt: Prompt, stop: AbortSignal, listener: PartListener): Promise<CallOutcome> {
    let text = '';
    let usage: ModelUsage | undefined;
    const calls: ToolCall[] = [];
    for await (const part of this.model.reply(prompt, stop, (reported) => (usage = reported))) {
      if (stop.aborted) break;
      if (part.kind === 'tool-call') {
        listener.part();
        calls.push(part.call);
        continue;
      }
      const piece = part.text.slice(0, MAX_REPLY_CHARS + 1);
      if (piece !== '') listener.part();
      text += piece;
      listener.text(piece);
      if (text.length > MAX_REPLY_CHARS && text.trim().length > MAX_REPLY_CHARS) break;
    }
    return { kind: 'text', text, calls, ...(usage && { usage }) };
  }
}

function ignore(): void {}

/** Receives an answer while the model writes it. */
interface PartListener {
  /** Called for words and for tool calls. */
  part(): void;
  text(piece: string): void;
}

type CallOutcome =
  | Exclude<ModelOutcome, { kind: 'failed' }>
  | {
      kind: 'failed';
      reason: 'model-error' | 'model-timeout';
      retryable: boolean;
      isEndless?: boolean;
      message: string;
    };

/** Rejects when the signal aborts, even if the vendor's client ignores the signal. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stopped = () => reject(new Error('The work was aborted'));
    if (signal.aborted) stopped();
    signal.addEventListener('abort', stopped, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stopped));
  });
}
