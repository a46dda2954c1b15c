import { Logger } from '@nestjs/common';
import type { ToolCall, ToolStep } from '@parley/dialogue';
import type { RequestId } from '@parley/kernel';
import type { Transaction, Transactions } from '@parley/persistence';
import { retryWithin } from '@parley/resilience';
import { unlessAborted } from './ask-model.js';
import type { ReplyPolicy } from './reply-policy.js';
import type { ToolOutcome, ToolScene } from './tool.js';
import type { Toolbox } from './toolbox.js';
import type { RecordedStep, TurnSteps } from './turn-steps.js';

const TOOK_TOO_LONG = 'The tool did not finish in time. It is not known whether it took effect.';
const FAILED = 'The tool failed. It is not known whether it took effect.';
const REMOVED = 'Nothing was done: this tool no longer exists.';

/** A turn that may use tools. */
export interface TurnWithTools {
  readonly scene: ToolScene;
  /** The names of the tools that the agent may use. */
  readonly allowed: readonly string[];
  /**
   * Runs in the transaction of a tool's effect and before the effect, so that the person's request comes
   * first in the log.
   */
  beforeEffect?(tx: Transaction): Promise<void>;
}

/** Uses the tool of a recorded step and stores its result, unless the step has one. */
export class UseTool {
  readonly #logger = new Logger(UseTool.name);

  constructor(
    private readonly toolbox: Toolbox,
    private readonly steps: TurnSteps,
    private readonly transactions: Transactions,
    private readonly policy: Pick<ReplyPolicy, 'toolTimeoutMs' | 'toolSettleMs'>,
  ) {}

  /**
   * Returns undefined if the turn was cancelled.
   * @throws RetryableError if the result cannot be stored
   */
  async execute(
    { position, effectId, call, said, result }: RecordedStep,
    turn: TurnWithTools,
    cancelled: AbortSignal,
  ): Promise<ToolStep | undefined> {
    if (result !== undefined) return { ...call, said, result };
    const outcome = await this.#run(call, turn, effectId, cancelled);
    if (!outcome) return undefined;
    const { turnId, conversationId } = turn.scene;
    const stands = await retryWithin(this.policy.toolSettleMs, () =>
      this.transactions.run(async (tx) => {
        const other = await this.steps.storeResult(tx, { turnId, conversationId, position }, outcome.result);
        if (other === undefined && outcome.effect) {
          await turn.beforeEffect?.(tx);
          await outcome.effect(tx);
        }
        return other ?? outcome.result;
      }),
    );
    return { ...call, said, result: stands };
  }

  /** Turns every failure into a result, so that the agent can reply. */
  async #run(
    call: ToolCall,
    { scene, allowed }: TurnWithTools,
    effectId: RequestId,
    cancelled: AbortSignal,
  ): Promise<ToolOutcome | undefined> {
    if (cancelled.aborted) return undefined;
    const about = { turnId: scene.turnId, tool: call.tool };
    const tool = this.toolbox.find(call.tool, allowed);
    const input = tool?.input.safeParse(call.input);
    if (!tool || !input?.success) return { result: REMOVED };
    const timeUp = AbortSignal.timeout(this.policy.toolTimeoutMs);
    const stop = AbortSignal.any([cancelled, timeUp]);
    try {
      const outcome = await unlessAborted(tool.run(input.data, scene, effectId, stop), stop);
      this.#logger.log(about, 'Tool used');
      return outcome;
    } catch (error) {
      if (cancelled.aborted) return undefined;
      this.#logger.warn({ ...about, err: error }, 'A tool failed; the model reads this in its result');
      return { result: timeUp.aborted ? TOOK_TOO_LONG : FAILED };
    }
  }
}
