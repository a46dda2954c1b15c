import { Logger } from '@nestjs/common';
import {
  isInputTooLong,
  joinSaid,
  MAX_TOOL_INPUT_CHARS,
  type Prompt,
  type PromptChannel,
  type ToolCall,
  type ToolStep,
} from '@parley/dialogue';
import { z } from 'zod';
import type { ModelUsage } from '../model/language-model.js';
import type { AskModel, ModelOutcome } from './ask-model.js';
import type { ReplyPolicy } from './reply-policy.js';
import type { Toolbox } from './toolbox.js';
import type { NotedStep } from './turn-steps.js';
import type { ToolUser, UseTool } from './use-tool.js';

/** Injects the `ComposeReply` of replies that are sent as text, … */
export const TEXT_REPLIES = Symbol('ComposeReply of texts');
/** … and of replies that are spoken, which gives up sooner because a caller is waiting. */
export const SPOKEN_REPLIES = Symbol('ComposeReply of speech');

type DraftPolicy = Pick<ReplyPolicy, 'turnTimeoutMs' | 'maxToolSteps'>;

/** The turn that is composed, as its channel fences it. */
export interface ToolTurn extends ToolUser {
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
    private readonly useTool: UseTool,
    private readonly policy: DraftPolicy,
  ) {}

  /** @throws RetryableError when what a tool did cannot be written down: another attempt will */
  async execute(
    prompt: Prompt,
    turn: ToolTurn,
    cancelled: AbortSignal,
    listener?: ReplyListener,
  ): Promise<ReplyOutcome> {
    const draft = new Draft(this.policy, turn.noted.length, prompt.channel);
    for (const step of turn.noted) {
      draft.said.push(step.said);
      listener?.hear(step.said);
      const used = await this.useTool.execute(step, turn, cancelled);
      if (!used) return { kind: 'cancelled' };
      draft.used.push(used);
      listener?.pause();
    }
    while (!cancelled.aborted) {
      const answer = await draft.timed(() => this.#ask(prompt, turn, draft, cancelled, listener));
      if (answer.kind !== 'text') return answer;
      draft.add(answer);
      if (answer.calls.length === 0) return draft.asReply();
      if (draft.mustAnswer) {
        return answer.text.trim() === '' ? { kind: 'failed', reason: 'model-error' } : draft.asReply();
      }
      const stopped = await this.#useTools(answer, turn, draft, cancelled);
      if (stopped) return stopped;
      listener?.pause();
    }
    return { kind: 'cancelled' };
  }

  #ask(
    prompt: Prompt,
    { allowed }: ToolTurn,
    draft: Draft,
    cancelled: AbortSignal,
    listener?: ReplyListener,
  ): Promise<ModelOutcome> {
    const offered = this.toolbox.offered(allowed);
    const used = [...draft.used];
    const hasTools = offered.length > 0 || used.length > 0;
    return this.askModel.execute(
      hasTools ? { ...prompt, tools: { offered, used, isOver: draft.mustAnswer } } : prompt,
      cancelled,
      listener && ((piece) => listener.hear(piece)),
      Math.max(0, Math.ceil(draft.leftMs)),
    );
  }

  /** Undefined unless the turn stops in the middle of them. */
  async #useTools(
    { text, calls }: ModelAnswer,
    turn: ToolTurn,
    draft: Draft,
    cancelled: AbortSignal,
  ): Promise<Stopped | undefined> {
    for (const [index, call] of calls.entries()) {
      if (draft.mustAnswer) return undefined;
      const said = index === 0 ? text : '';
      const wish = this.#readWish(call, turn);
      if ('refusal' in wish) {
        draft.used.push({ ...call, ...(isInputTooLong(call) && { input: {} }), said, result: wish.refusal });
        continue;
      }
      const step = await turn.note(draft.nextPlace, wish.call, said);
      if (!step) return { kind: cancelled.aborted ? 'cancelled' : 'superseded' };
      draft.nextPlace += 1;
      const used = await draft.timed(() => this.useTool.execute(step, turn, cancelled));
      if (!used) return { kind: 'cancelled' };
      draft.used.push(used);
    }
    return undefined;
  }

  /** What was never allowed, or is not what the tool takes, is not begun, so nothing of it is written down. */
  #readWish(call: ToolCall, { allowed, scene }: ToolTurn): { call: ToolCall } | { refusal: string } {
    const tool = this.toolbox.find(call.tool, allowed);
    if (!tool) {
      this.#logger.warn({ turnId: scene.turnId }, 'the model asked for a tool that it does not have');
      return { refusal: 'Nothing was done: there is no such tool.' };
    }
    if (isInputTooLong(call)) {
      return {
        refusal: `Nothing was done: the arguments are longer than ${MAX_TOOL_INPUT_CHARS} characters.`,
      };
    }
    const input = tool.input.safeParse(call.input);
    if (input.success) return { call: { ...call, input: input.data } };
    return { refusal: `Nothing was done: ${z.prettifyError(input.error)}` };
  }
}

type ModelAnswer = Extract<ModelOutcome, { kind: 'text' }>;
type Stopped = Extract<ReplyOutcome, { kind: 'cancelled' | 'superseded' }>;

/** A reply that is being composed: what it says and has used so far, and how much of the turn's time is left. */
class Draft {
  readonly said: string[] = [];
  readonly used: ToolStep[] = [];
  leftMs: number;
  #usage: ModelUsage | undefined;

  constructor(
    private readonly policy: DraftPolicy,
    /** Of the tool that is used next. */
    public nextPlace: number,
    private readonly channel: PromptChannel,
  ) {
    this.leftMs = policy.turnTimeoutMs;
  }

  /** It has used its share of tools. */
  get mustAnswer(): boolean {
    return this.used.length >= this.policy.maxToolSteps;
  }

  add({ text, usage }: ModelAnswer): void {
    this.said.push(text);
    this.#usage = sumOf(this.#usage, usage);
  }

  asReply(): ReplyOutcome {
    return {
      kind: 'text',
      text: joinSaid(this.said, this.channel),
      ...(this.#usage && { usage: this.#usage }),
    };
  }

  async timed<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = await work();
    this.leftMs -= performance.now() - startedAt;
    return result;
  }
}

function sumOf(a: ModelUsage | undefined, b: ModelUsage | undefined): ModelUsage | undefined {
  if (!a || !b) return a ?? b;
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens };
}
