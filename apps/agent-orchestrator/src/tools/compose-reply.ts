import { Logger } from '@nestjs/common';
import { joinSaid, type Prompt, type ToolCall, type ToolStep } from '@parley/dialogue';
import { retryWithin } from '@parley/messaging';
import { Transactions } from '@parley/persistence';
import { z } from 'zod';
import type { ModelUsage } from '../model/language-model.js';
import { unlessAborted, type AskModel, type CallPolicy, type ModelOutcome } from '../turns/ask-model.js';
import type { TurnPolicy } from '../turns/turn-policy.js';
import type { ToolOutcome, ToolScene } from './tool.js';
import type { Toolbox } from './toolbox.js';
import type { NotedStep, TurnSteps } from './turn-steps.js';

export type ReplyPolicy = Pick<CallPolicy, 'turnTimeoutMs'> &
  Pick<TurnPolicy, 'maxToolSteps' | 'toolTimeoutMs' | 'toolSettleMs'>;

/** The turn that is composed, as its channel fences it. */
export interface ToolTurn {
  scene: ToolScene;
  /** The names of the tools its agent may use. */
  allowed: readonly string[];
  /** What earlier attempts of it wrote down. */
  noted: readonly NotedStep[];
  /**
   * Writes down that it is about to use a tool, if it may still go on; what another attempt wrote at this place stands.
   * Undefined: it may not, because it is not ours any more or something newer came in.
   */
  note(place: number, call: ToolCall, said: string): Promise<NotedStep | undefined>;
}

/** Hears a reply while it is made. */
export interface ReplyListener {
  hear(piece: string): void;
  /** What follows is said after a tool was used. */
  pause(): void;
}

export type ReplyOutcome =
  | { kind: 'text'; text: string; usage?: ModelUsage }
  | Exclude<ModelOutcome, { kind: 'text' }>
  /** It would use a tool and may not any more: nothing was done. */
  | { kind: 'superseded' };

/**
 * Works out what is said in a turn: asks the model, uses the tools it asks for, and asks on with what came of them, until
 * it only talks. Each use is written down before it begins, and an attempt of the turn goes on from what was written by
 * those before it.
 */
export class ComposeReply {
  readonly #logger = new Logger(ComposeReply.name);

  constructor(
    private readonly askModel: Pick<AskModel, 'execute'>,
    private readonly toolbox: Toolbox,
    private readonly steps: TurnSteps,
    private readonly transactions: Transactions,
    private readonly policy: ReplyPolicy,
  ) {}

  /** @throws RetryableError when what a tool did cannot be written down: another attempt will */
  async execute(
    prompt: Prompt,
    turn: ToolTurn,
    cancelled: AbortSignal,
    listener?: ReplyListener,
  ): Promise<ReplyOutcome> {
    const used: ToolStep[] = [];
    const said: string[] = [];
    let usage: ModelUsage | undefined;
    let leftMs = this.policy.turnTimeoutMs;
    for (const step of turn.noted) {
      said.push(step.said);
      listener?.hear(step.said);
      const finished = await this.#finish(step, turn, cancelled);
      if (!finished) return { kind: 'cancelled' };
      used.push(finished);
      listener?.pause();
    }
    let place = turn.noted.length;
    for (;;) {
      if (cancelled.aborted) return { kind: 'cancelled' };
      const isOver = used.length >= this.policy.maxToolSteps;
      const startedAt = performance.now();
      const hear = listener && ((piece: string) => listener.hear(piece));
      const outcome = await this.askModel.execute(
        this.#promptWith(prompt, turn, used, isOver),
        cancelled,
        hear,
        Math.max(0, Math.ceil(leftMs)),
      );
      if (outcome.kind !== 'text') return outcome;
      usage = sumOf(usage, outcome.usage);
      said.push(outcome.text);
      const wantsMore = outcome.calls.length > 0;
      if (wantsMore && isOver && outcome.text.trim() === '') return { kind: 'failed', reason: 'model-error' };
      if (!wantsMore || isOver) return { kind: 'text', text: joinSaid(said), ...(usage && { usage }) };
      leftMs -= performance.now() - startedAt;
      for (const [index, call] of outcome.calls.entries()) {
        if (used.length >= this.policy.maxToolSteps) break;
        const wish = this.#readWish(call, turn);
        const before = index === 0 ? outcome.text : '';
        if ('refusal' in wish) {
          used.push({ ...call, said: before, result: wish.refusal });
          continue;
        }
        const step = await turn.note(place, wish.call, before);
        if (!step) return { kind: cancelled.aborted ? 'cancelled' : 'superseded' };
        place += 1;
        const ranAt = performance.now();
        const finished = await this.#finish(step, turn, cancelled);
        if (!finished) return { kind: 'cancelled' };
        used.push(finished);
        leftMs -= performance.now() - ranAt;
      }
      listener?.pause();
    }
  }

  #promptWith(prompt: Prompt, { allowed }: ToolTurn, used: readonly ToolStep[], isOver: boolean): Prompt {
    const offered = this.toolbox.offered(allowed);
    if (offered.length === 0 && used.length === 0) return prompt;
    return { ...prompt, tools: { offered, used: [...used], isOver } };
  }

  /** What was never allowed, or is not what the tool takes, is not begun, so nothing of it is written down. */
  #readWish(call: ToolCall, { allowed, scene }: ToolTurn): { call: ToolCall } | { refusal: string } {
    const tool = this.toolbox.find(call.tool, allowed);
    if (!tool) {
      this.#logger.warn({ turnId: scene.turnId }, 'the model asked for a tool that it does not have');
      return { refusal: 'Nothing was done: there is no such tool.' };
    }
    const input = tool.input.safeParse(call.input);
    if (input.success) return { call: { ...call, input: input.data } };
    return { refusal: `Nothing was done: ${z.prettifyError(input.error)}` };
  }

  /** Uses a tool that was written down, unless it is known already what came of it. Undefined when it was cancelled. */
  async #finish(
    { place, effectId, call, said, result }: NotedStep,
    turn: ToolTurn,
    cancelled: AbortSignal,
  ): Promise<ToolStep | undefined> {
    if (result !== undefined) return { ...call, said, result };
    const outcome = await this.#run(call, turn, effectId, cancelled);
    if (!outcome) return undefined;
    const at = { turnId: turn.scene.turnId, conversationId: turn.scene.conversationId, place };
    const stands = await retryWithin(this.policy.toolSettleMs, () =>
      this.transactions.run(async (tx) => {
        const other = await this.steps.settle(tx, at, outcome.result);
        if (other === undefined) await outcome.effect?.(tx);
        return other ?? outcome.result;
      }),
    );
    return { ...call, said, result: stands };
  }

  /** Whatever goes wrong becomes a result: the agent has to say something. */
  async #run(
    call: ToolCall,
    { allowed, scene }: ToolTurn,
    effectId: NotedStep['effectId'],
    cancelled: AbortSignal,
  ): Promise<ToolOutcome | undefined> {
    if (cancelled.aborted) return undefined;
    const about = { turnId: scene.turnId, tool: call.tool };
    const tool = this.toolbox.find(call.tool, allowed);
    const input = tool?.input.safeParse(call.input);
    if (!tool || !input?.success) return { result: 'Nothing was done: this tool is not there any more.' };
    const timeUp = AbortSignal.timeout(this.policy.toolTimeoutMs);
    const stop = AbortSignal.any([cancelled, timeUp]);
    try {
      const outcome = await unlessAborted(tool.run(input.data, scene, effectId, stop), stop);
      this.#logger.log(about, 'a tool was used');
      return outcome;
    } catch (error) {
      if (cancelled.aborted) return undefined;
      this.#logger.warn({ ...about, err: error }, 'a tool failed');
      return { result: timeUp.aborted ? TOOK_TOO_LONG : FAILED };
    }
  }
}

const TOOK_TOO_LONG = 'The tool did not finish in time. It is not known whether it took effect.';
const FAILED = 'The tool failed. It is not known whether it took effect.';

function sumOf(a: ModelUsage | undefined, b: ModelUsage | undefined): ModelUsage | undefined {
  if (!a || !b) return a ?? b;
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens };
}
