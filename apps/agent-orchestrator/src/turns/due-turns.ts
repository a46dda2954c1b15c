import { Inject, Injectable, Logger } from '@nestjs/common';
import { DuePoll, type PolledLoop } from '@parley/persistence';
import { LoopingService, RetryableError, withTimeout } from '@parley/resilience';
import { ClaimTurns } from './claim-turns.js';
import { EndTurn } from './end-turn.js';
import { HeldTurns, type HeldTurn } from './held-turns.js';
import { Lanes } from './lanes.js';
import { TakeTurn } from './take-turn.js';
import { TurnSignals } from '../conversations/turn-signals.js';
import { TURN_POLICY, type TurnPolicy } from './turn-policy.js';

/** The only thing that starts turns: takes what is due while there is room, and lets go in order when told to stop. */
@Injectable()
export class DueTurns extends LoopingService {
  readonly #logger = new Logger(DueTurns.name);
  protected override readonly loop: PolledLoop;
  #wasFull = false;

  constructor(
    private readonly claimTurns: ClaimTurns,
    private readonly takeTurn: TakeTurn,
    private readonly endTurn: EndTurn,
    private readonly heldTurns: HeldTurns,
    private readonly signals: TurnSignals,
    @Inject(TURN_POLICY) private readonly policy: TurnPolicy,
    poll: DuePoll,
    lanes: Lanes,
  ) {
    super();
    this.loop = poll.loop({
      name: DueTurns.name,
      dueAt: () => lanes.dueAt(),
      step: () => this.#claim(),
    });
  }

  override onApplicationBootstrap(): void {
    this.signals.listen({
      turnDue: () => this.loop.wake(),
      draftOutdated: (leaseToken) => this.heldTurns.outdate(leaseToken),
    });
    super.onApplicationBootstrap();
  }

  /** Takes nothing new, lets turns in flight end for a while, and gives back what is left. */
  override async beforeApplicationShutdown(): Promise<void> {
    await super.beforeApplicationShutdown();
    const ended = this.heldTurns.ended();
    await withTimeout(this.policy.drainMs, ended, () => this.heldTurns.cancelAll());
    await ended;
    this.signals.turnDueElsewhere();
  }

  async #claim(): Promise<void> {
    const { free } = this.heldTurns;
    this.#wasFull = free === 0;
    if (this.#wasFull) {
      this.signals.turnDueElsewhere();
      return;
    }
    const { turns, isMoreDue } = await this.claimTurns.execute(Math.min(free, this.policy.maxClaims));
    for (const turn of turns) this.heldTurns.hold(turn, (held) => this.#take(held));
    if (isMoreDue) setTimeout(() => this.loop.wake(), this.policy.busyRetryMs);
  }

  async #take(held: HeldTurn): Promise<void> {
    const startedAt = performance.now();
    const { turnId, conversationId, attempt } = held.turn;
    try {
      const outcome =
        (await this.takeTurn.execute(held.turn, held.cancelled, () => this.#drafted(held))) ??
        (await this.#giveBack(held));
      const durationMs = Math.round(performance.now() - startedAt);
      this.#logger.log({ turnId, conversationId, attempt, outcome, durationMs }, `turn ${outcome}`);
      if (outcome === 'superseded') this.loop.wake();
      else this.loop.watch();
    } catch (error) {
      // The lease runs out by itself, and counts.
      this.#logger.error({ turnId, conversationId, attempt, err: error }, 'turn broke off');
    }
    this.#drafted(held);
  }

  /** Its place is free for another turn. */
  #drafted(held: HeldTurn): void {
    held.isDrafting = false;
    if (this.#wasFull) this.loop.wake();
  }

  async #giveBack({ turn, isOutdated }: HeldTurn): Promise<'superseded' | 'given-back' | 'lease-lost'> {
    try {
      const wasOurs = await this.endTurn.giveBack(turn, { isRerun: isOutdated });
      if (!wasOurs) return 'lease-lost';
      return isOutdated ? 'superseded' : 'given-back';
    } catch (error) {
      if (error instanceof RetryableError) return 'lease-lost';
      throw error;
    }
  }
}
