import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { NatsLink } from '@parley/messaging';

const TURN_DUE = 'live.agent-orchestrator.turn-due.v1.all';
const DRAFT_OUTDATED = 'live.agent-orchestrator.draft-outdated.v1.all';

/** Who is told, in this process. */
export interface BellListeners {
  /** A turn may be due. */
  due: () => void;
  /** A newer text came in for the turn of this lease. False when the turn is not ours. */
  outdated: (leaseToken: string) => boolean;
}

/** Tells that a turn is due, or a draft outdated, so that nobody has to find out later. What it tells may get lost. */
@Injectable()
export class TurnBell implements OnApplicationBootstrap, OnApplicationShutdown {
  #listeners: BellListeners = { due: () => undefined, outdated: () => false };
  #stopListening: Array<() => void> = [];

  constructor(private readonly link: NatsLink) {}

  onApplicationBootstrap(): void {
    this.#stopListening = [
      this.link.onPing(TURN_DUE, () => this.ring()),
      this.link.onPing(DRAFT_OUTDATED, (leaseToken) => this.#listeners.outdated(leaseToken)),
    ];
  }

  onApplicationShutdown(): void {
    for (const stop of this.#stopListening) stop();
  }

  /** Sets who is told in this process. */
  tells(listeners: BellListeners): void {
    this.#listeners = listeners;
  }

  /** A turn is due: wakes this process; to be called after the commit. */
  ring(): void {
    this.#listeners.due();
  }

  /** Wakes the other replicas: this one has no place left, or stops. */
  ringOthers(): void {
    this.link.ping(TURN_DUE);
  }

  /** Tells whoever holds this lease that a newer text came in; to be called after the commit. */
  outdate(leaseToken: string): void {
    if (!this.#listeners.outdated(leaseToken)) this.link.ping(DRAFT_OUTDATED, leaseToken);
  }
}
