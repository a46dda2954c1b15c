import { Logger } from '@nestjs/common';
import {
  isInputTooLong,
  joinReplyTexts,
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
import type { RecordedStep } from './turn-steps.js';
import type { TurnWithTools, UseTool } from './use-tool.js';

/** Token of the `ComposeReply` for text replies. */
export const TEXT_REPLY_COMPOSER = Symbol('ComposeReply of texts');
/** Token of the `ComposeReply` for spoken replies, which gives up sooner because a caller is waiting. */
export const SPOKEN_REPLY_COMPOSER = Symbol('ComposeReply of speech');

type DraftPolicy = Pick<ReplyPolicy, 'turnTimeoutMs' | 'maxToolSteps'>;

/** The turn whose reply is composed. */
export interface ReplyTurn extends TurnWithTools {
  /** The steps that earlier attempts recorded. */
  readonly recorded: readonly RecordedStep[];
  /**
   * Records that the turn is about to use a tool. Returns this step, or the step that another attempt
   * recorded at the position. Returns undefined and records nothing if this process lost the turn or a newer
   * message supersedes it.
   */
  record(position: number, call: ToolCall, said: string): Promise<RecordedStep | undefined>;
}

/** Receives a reply while the model writes it. */
export interface ReplyListener {
  text(piece: string): void;
  /** Called between the text before a tool's use and the text after it. */
  toolUsed(): void;
  /**
   * Called when the model begins again: the text since the start or the last tool is void. Absent if no text can be
   * taken back.
   */
  restart?(): void;
}

export type ComposedReply =
  | { kind: 'text'; text: string; usage?: ModelUsage }
  | Exclude<ModelOutcome, { kind: 'text' }>
  /** `ReplyTurn.record` refused a tool call: this process lost the turn, or a newer message supersedes it. */
  | { kind: 'superseded' };

/**
 * Composes the reply of a turn: asks the model, uses the tools that the model calls, and asks again with the
 * results until the model calls no tool. Each tool use is recorded before it begins, and another attempt of
 * the turn continues from these records.
 */
export class ComposeReply {
  readonly #logger = new Logger(ComposeReply.name);

  constructor(
    private readonly askModel: Pick<AskModel, 'execute'>,
    private readonly toolbox: Toolbox,
    private readonly useTool: UseTool,
    private readonly policy: DraftPolicy,
  ) {}

  /** @throws RetryableError if a tool's result cannot be stored */
  async execute(
    prompt: Prompt,
    turn: ReplyTurn,
    cancelled: AbortSignal,
    listener?: ReplyListener,
  ): Promise<ComposedReply> {
    const draft = new Draft(this.policy, turn.recorded.length, prompt.channel);
    for (const step of turn.recorded) {
      draft.said.push(step.said);
      listener?.text(step.said);
      const used = await this.useTool.execute(step, turn, cancelled);
      if (!used) return { kind: 'cancelled' };
      draft.used.push(used);
      listener?.toolUsed();
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
      listener?.toolUsed();
    }
    return { kind: 'cancelled' };
  }

  #ask(
    prompt: Prompt,
    { allowed }: ReplyTurn,
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
      listener && ((piece) => listener.text(piece)),
      Math.max(0, Math.ceil(draft.leftMs)),
      listener?.restart && (() => listener.restart?.()),
    );
  }

  /**
   * Uses the tools that the model called, in order. Returns why the turn stopped between two of them; undefined if it
   * goes on.
   */
  async #useTools(
    { text, calls }: ModelAnswer,
    turn: ReplyTurn,
    draft: Draft,
    cancelled: AbortSignal,
  ): Promise<Stopped | undefined> {
    for (const [index, call] of calls.entries()) {
      if (draft.mustAnswer) return undefined;
      const said = index === 0 ? text : '';
      const request = this.#check(call, turn);
      if ('refusal' in request) {
        draft.used.push({
          ...call,
          ...(isInputTooLong(call) && { input: {} }),
          said,
          result: request.refusal,
        });
        continue;
      }
      const step = await turn.record(draft.nextPosition, request.call, said);
      if (!step) return { kind: cancelled.aborted ? 'cancelled' : 'superseded' };
      draft.nextPosition += 1;
      const used = await draft.timed(() => this.useTool.execute(step, turn, cancelled));
      if (!used) return { kind: 'cancelled' };
      draft.used.push(used);
    }
    return undefined;
  }

  /** Refuses a call that is not allowed or has invalid arguments. A refused call is not recorded. */
  #check(call: ToolCall, { allowed, scene }: ReplyTurn): { call: ToolCall } | { refusal: string } {
    const tool = this.toolbox.find(call.tool, allowed);
    if (!tool) {
      this.#logger.warn({ turnId: scene.turnId }, 'The model called a tool that its agent does not have');
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
type Stopped = Extract<ComposedReply, { kind: 'cancelled' | 'superseded' }>;

/** A reply that is being composed: its texts and tool uses so far, and the rest of the turn's time. */
class Draft {
  readonly said: string[] = [];
  readonly used: ToolStep[] = [];
  leftMs: number;
  #usage: ModelUsage | undefined;

  constructor(
    private readonly policy: DraftPolicy,
    /** The position of the next recorded step. */
    public nextPosition: number,
    private readonly channel: PromptChannel,
  ) {
    this.leftMs = policy.turnTimeoutMs;
  }

  /** Whether the turn may use no more tools. */
  get mustAnswer(): boolean {
    return this.used.length >= this.policy.maxToolSteps;
  }

  add({ text, usage }: ModelAnswer): void {
    this.said.push(text);
    this.#usage = sumOf(this.#usage, usage);
  }

  asReply(): ComposedReply {
    return {
      kind: 'text',
      text: joinReplyTexts(this.said, this.channel),
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
