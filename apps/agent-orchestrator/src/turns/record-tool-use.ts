import { Inject, Injectable } from '@nestjs/common';
import { isSupersededByNewer, type ToolCall } from '@parley/dialogue';
import { Transactions } from '@parley/persistence';
import { TurnSteps, type RecordedStep } from '../replies/turn-steps.js';
import { Lanes, type LeasedTurn } from './lanes.js';
import { TEXT_TURN_POLICY, type TextTurnPolicy } from './text-turn-policy.js';

/**
 * Records that a turn is about to use a tool, if this process still holds the lease and no newer message
 * supersedes the turn. After that, no newer message can supersede it.
 */
@Injectable()
export class RecordToolUse {
  constructor(
    private readonly transactions: Transactions,
    private readonly lanes: Lanes,
    private readonly steps: TurnSteps,
    @Inject(TEXT_TURN_POLICY) private readonly policy: TextTurnPolicy,
  ) {}

  /** Returns the steps that earlier attempts of the turn recorded. */
  async recordedBy(turn: LeasedTurn): Promise<RecordedStep[]> {
    return turn.hasUsedTool ? this.steps.of(turn.turnId) : [];
  }

  /** Records nothing and returns undefined if the turn may not go on. */
  async execute(
    turn: LeasedTurn,
    position: number,
    call: ToolCall,
    said: string,
  ): Promise<RecordedStep | undefined> {
    const step = await this.transactions.run(async (tx) => {
      const evenIfSuperseded = !isSupersededByNewer(turn.burst, this.policy.bursts, performance.now());
      if (!(await this.lanes.beginToolUse(tx, turn, evenIfSuperseded))) return undefined;
      return this.steps.record(tx, { ...turn, position }, call, said);
    });
    turn.hasUsedTool ||= step !== undefined;
    return step;
  }
}
