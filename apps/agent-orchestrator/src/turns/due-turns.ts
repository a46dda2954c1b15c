import { Inject, Injectable, Logger } from '@nestjs/common';
import { DuePoll, type PolledLoop } from '@parley/persistence';
import { LoopingService, RetryableError, withTimeout } from '@parley/resilience';
import { ClaimTurns } from './claim-turns.js';
import { HeldTurns, type HeldTurn } from './held-turns.js';
import { TakeTurn } from './take-turn.js';
import { TurnSignals } from '../conversations/turn-signals.js';
import { TEXT_TURN_POLICY, type TextTurnPolicy } from './text-turn-policy.js';

/** Starts all text turns: claims due turns while this process has capacity, and drains when the process stops. */
@Injectable()
export class DueTurns extends LoopingService {
  readonly #logger = new Logger(DueTurns.name);
  protected override readonly loop: PolledLoop;
  #wasFull = false;

  constructor(
    private readonly claimTurns: ClaimTurns,
    private readonly takeTurn: TakeTurn,
    private readonly heldTurns: HeldTurns,
    private readonly signals: TurnSignals,
    @Inject(TEXT_TURN_POLICY) private readonly policy: TextTurnPolicy,
    poll: DuePoll,
  ) {
    super();
    this.loop = poll.loop({
      name: DueTurns.name,
      dueAt: () => this.claimTurns.dueAt(),
      step: () => this.#claim(),
    });
  }

  override onApplicationBootstrap(): void {
    this.signals.listen({
      turnDue: () => this.loop.wake(),
      newerMessage: (leaseToken) => this.heldTurns.supersede(leaseToken),
    });
    super.onApplicationBootstrap();
  }

  /** Stops claiming, lets turns in progress end for `drainMs`, and gives the rest back. */
  override async beforeApplicationShutdown(): Promise<void> {
    await super.beforeApplicationShutdown();
    const ended = this.heldTurns.untilAllEnded();
    await withTimeout(this.policy.drainMs, ended, () => this.heldTurns.cancelAll());
    await ended;
    this.signals.turnDueElsewhere();
  }

  async #claim(): Promise<void> {
    const { freeSlots } = this.heldTurns;
    this.#wasFull = freeSlots === 0;
    if (this.#wasFull) {
      this.signals.turnDueElsewhere();
      return;
    }
    const { turns, isMoreDue } = await this.claimTurns.execute(Math.min(freeSlots, this.policy.maxClaims));
    for (const turn of turns) this.heldTurns.hold(turn, (held) => this.#take(held));
    if (isMoreDue) setTimeout(() => this.loop.wake(), this.policy.busyRetryMs);
  }

  async #take(held: HeldTurn): Promise<void> {
    const startedAt = performance.now();
    const { turnId, conversationId, attempt } = held.turn;
    try {
      const outcome =
        (await this.takeTurn.execute(held.turn, held.cancelled, () => this.#freeCapacity(held))) ??
        (await this.#giveBack(held));
      const durationMs = Math.round(performance.now() - startedAt);
      this.#logger.log({ turnId, conversationId, attempt, outcome, durationMs }, `Turn ${outcome}`);
      if (outcome === 'superseded') this.loop.wake();
      else this.loop.watch();
    } catch (error) {
      // The lease ends by itself, and this attempt counts.
      this.#logger.error(
        { turnId, conversationId, attempt, err: error },
        'Turn failed; it is due again when its lease ends',
      );
    }
    this.#freeCapacity(held);
  }

  /** Frees the capacity of a turn whose reply is composed. */
  #freeCapacity(held: HeldTurn): void {
    held.isDrafting = false;
    if (this.#wasFull) this.loop.wake();
  }

  async #giveBack({ turn, isSuperseded }: HeldTurn): Promise<'superseded' | 'given-back' | 'lease-lost'> {
    try {
      const wasOurs = await this.takeTurn.giveBack(turn, { isRerun: isSuperseded });
      if (!wasOurs) return 'lease-lost';
      return isSuperseded ? 'superseded' : 'given-back';
    } catch (error) {
      if (error instanceof RetryableError) return 'lease-lost';
      throw error;
    }
  }
}
