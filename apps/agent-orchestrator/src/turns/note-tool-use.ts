import { Inject, Injectable } from '@nestjs/common';
import { yieldsToNewer, type ToolCall } from '@parley/dialogue';
import { Transactions } from '@parley/persistence';
import { TurnSteps, type NotedStep } from '../replies/turn-steps.js';
import { Lanes, type LeasedTurn } from './lanes.js';
import { TURN_POLICY, type TurnPolicy } from './turn-policy.js';

/**
 * Writes down that a turn is about to use a tool, fenced as its end is: while the lease is held and nothing newer is to be
 * answered. From then on nothing newer supersedes it.
 */
@Injectable()
export class NoteToolUse {
  constructor(
    private readonly transactions: Transactions,
    private readonly lanes: Lanes,
    private readonly steps: TurnSteps,
    @Inject(TURN_POLICY) private readonly policy: TurnPolicy,
  ) {}

  /** Undefined, and nothing written, when the turn may not go on. */
  async execute(
    turn: LeasedTurn,
    place: number,
    call: ToolCall,
    said: string,
  ): Promise<NotedStep | undefined> {
    const step = await this.transactions.run(async (tx) => {
      const evenIfOutdated = !yieldsToNewer(turn.burst, this.policy.bursts, performance.now());
      if (!(await this.lanes.act(tx, turn, evenIfOutdated))) return undefined;
      return this.steps.note(tx, { ...turn, place }, call, said);
    });
    turn.hasActed ||= step !== undefined;
    return step;
  }
}
