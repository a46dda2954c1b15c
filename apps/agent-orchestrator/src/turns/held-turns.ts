import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { isSupersededByNewer } from '@parley/dialogue';
import { WakeableLoop } from '@parley/resilience';
import { RECOVERY_TIMES, type RecoveryTimes } from '../recovery-times.js';
import { Lanes, type Claim } from './lanes.js';
import { TEXT_TURN_POLICY, type TextTurnPolicy } from './text-turn-policy.js';

/** A turn that this process holds. */
export interface HeldTurn {
  readonly turn: Claim;
  readonly cancelled: AbortSignal;
  /** Whether the reply is still being composed; after that, it only waits until the person is quiet. */
  isDrafting: boolean;
  /** Whether a newer message cancelled the turn. */
  isSuperseded: boolean;
}

interface Entry {
  readonly held: HeldTurn;
  readonly cancel: () => void;
  readonly done: Promise<void>;
}

/** Holds the turns of this process: renews their leases, and cancels turns that are lost or superseded. */
@Injectable()
export class HeldTurns implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #entries = new Map<string, Entry>();
  readonly #renewal: WakeableLoop;

  constructor(
    private readonly lanes: Lanes,
    @Inject(RECOVERY_TIMES) { leaseRenewMs: everyMs }: RecoveryTimes,
    @Inject(TEXT_TURN_POLICY) private readonly policy: TextTurnPolicy,
  ) {
    this.#renewal = new WakeableLoop({ name: HeldTurns.name, everyMs, step: () => this.#renew() });
  }

  onApplicationBootstrap(): void {
    this.#renewal.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#renewal.stop();
  }

  /** How many more turns may begin. */
  get freeSlots(): number {
    const { maxTurnsDrafting, maxTurnsHeld } = this.policy;
    let drafting = 0;
    for (const { held } of this.#entries.values()) if (held.isDrafting) drafting++;
    return Math.min(maxTurnsDrafting - drafting, maxTurnsHeld - this.#entries.size);
  }

  /** Holds the turn until `work` settles. `work` must not reject. */
  hold(turn: Claim, work: (held: HeldTurn) => Promise<void>): void {
    const cancel = new AbortController();
    const held: HeldTurn = { turn, cancelled: cancel.signal, isDrafting: true, isSuperseded: false };
    const done = work(held).finally(() => this.#entries.delete(turn.leaseToken));
    this.#entries.set(turn.leaseToken, { held, cancel: () => cancel.abort(), done });
  }

  /**
   * Cancels the turn because of a newer message, unless the turn used a tool or was superseded often enough.
   * Returns false if this process does not hold the turn.
   */
  supersede(leaseToken: string): boolean {
    const entry = this.#entries.get(leaseToken);
    if (!entry) return false;
    const { held, cancel } = entry;
    if (
      !held.turn.hasUsedTool &&
      isSupersededByNewer(held.turn.burst, this.policy.bursts, performance.now())
    ) {
      held.isSuperseded = true;
      cancel();
    }
    return true;
  }

  /** Resolves when all turns that are held now have ended. */
  async untilAllEnded(): Promise<void> {
    await Promise.all(Array.from(this.#entries.values(), ({ done }) => done));
  }

  cancelAll(): void {
    for (const { cancel } of this.#entries.values()) cancel();
  }

  async #renew(): Promise<void> {
    const entries = Array.from(this.#entries.values());
    if (entries.length === 0) return;
    const newest = await this.lanes.renew(entries.map(({ held }) => held.turn));
    for (const { held, cancel } of entries) {
      const newestSeq = newest.get(held.turn.leaseToken);
      if (newestSeq === undefined) cancel();
      else if (newestSeq > held.turn.readSeq) this.supersede(held.turn.leaseToken);
    }
  }
}
