import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { NatsLink } from '@parley/messaging';

const TURN_DUE = 'live.agent-orchestrator.turn-due.v1.all';
const NEWER_MESSAGE = 'live.agent-orchestrator.draft-outdated.v1.all';

export interface TurnSignalListeners {
  /** A turn may be due. */
  readonly turnDue: () => void;
  /**
   * A newer message arrived for the turn that holds this lease. Returns false if this process does not hold
   * the lease.
   */
  readonly newerMessage: (leaseToken: string) => boolean;
}

/**
 * Signals that a turn is due, or that a newer message supersedes a turn. A signal may get lost; the poll or
 * the lease renewal then finds the same later.
 */
@Injectable()
export class TurnSignals implements OnApplicationBootstrap, OnApplicationShutdown {
  #listeners: TurnSignalListeners = { turnDue: () => undefined, newerMessage: () => false };
  #unsubscribe: Array<() => void> = [];

  constructor(private readonly link: NatsLink) {}

  onApplicationBootstrap(): void {
    this.#unsubscribe = [
      this.link.onPing(TURN_DUE, () => this.turnDue()),
      this.link.onPing(NEWER_MESSAGE, (leaseToken) => this.#listeners.newerMessage(leaseToken)),
    ];
  }

  onApplicationShutdown(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** Sets the listeners that receive the signals in this process. */
  listen(listeners: TurnSignalListeners): void {
    this.#listeners = listeners;
  }

  /** Wakes this process for a due turn. Call it after the commit. */
  turnDue(): void {
    this.#listeners.turnDue();
  }

  /** Wakes the other replicas, because this process is at capacity or draining. */
  turnDueElsewhere(): void {
    this.link.ping(TURN_DUE);
  }

  /** Signals to the process that holds this lease that a newer message arrived. Call it after the commit. */
  newerMessage(leaseToken: string): void {
    if (!this.#listeners.newerMessage(leaseToken)) this.link.ping(NEWER_MESSAGE, leaseToken);
  }
}
