import { Inject, Injectable, Logger } from '@nestjs/common';
import { NatsLink } from '@parley/messaging';
import { DuePoll, type PolledLoop } from '@parley/persistence';
import { LoopingService } from '@parley/resilience';
import { decideAfterAttempt, permitSend } from '@parley/sms-policy';
import { RECOVERY_TIMES, type RecoveryTimes } from '../recovery-times.js';
import type { ClaimedSend } from './send.js';
import { SendingStart } from './sending-start.js';
import { SendStore } from './send-store.js';
import { SettleSend } from './settle-send.js';
import { SmsSender } from './sms-sender.js';

/** Requests to the vendor that this process has open at once. */
const MAX_IN_FLIGHT = 32;
/** Asks the other replicas for help. */
const SEND_DUE = 'live.sms-gateway.send-due.v1.all';

/** Claims the texts that are due, the first of each thread, and hands each to the vendor once, before its deadline. */
@Injectable()
export class SendDueSms extends LoopingService {
  readonly #logger = new Logger(SendDueSms.name);
  protected override readonly loop: PolledLoop;
  readonly #inFlight = new Set<Promise<void>>();
  #announcements = 0;
  #stopListening: () => void = () => undefined;

  constructor(
    private readonly sends: SendStore,
    private readonly sender: SmsSender,
    private readonly settleSend: SettleSend,
    private readonly start: SendingStart,
    private readonly link: NatsLink,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
    poll: DuePoll,
  ) {
    super();
    this.loop = poll.loop({
      name: SendDueSms.name,
      dueAt: () => sends.dueAt(),
      step: () => this.#claim(),
    });
  }

  override onApplicationBootstrap(): void {
    this.#stopListening = this.link.onPing(SEND_DUE, () => this.#wake());
    void this.start.allowed.then(() => this.loop.start());
  }

  /** Claims no more and waits for the vendor's answers: each comes by its deadline. */
  override async beforeApplicationShutdown(): Promise<void> {
    this.#stopListening();
    await super.beforeApplicationShutdown();
    await Promise.all(this.#inFlight);
  }

  /** A text was queued and committed. */
  announce(): void {
    if (this.#free === 0) this.link.ping(SEND_DUE);
    this.#wake();
  }

  get #free(): number {
    return MAX_IN_FLIGHT - this.#inFlight.size;
  }

  #wake(): void {
    this.#announcements += 1;
    if (this.#free > 0) this.loop.wake();
  }

  async #claim(): Promise<void> {
    const limit = this.#free;
    if (limit === 0) return;
    const announcements = this.#announcements;
    // Taken before the claim: by our clock the deadline is never later than by the database's.
    const deadlineMs = performance.now() + this.times.sendDeadlineMs;
    const claimed = await this.sends.claimDue(limit, this.times.sendDeadlineMs);
    for (const send of claimed) this.#start(send, deadlineMs, announcements);
  }

  #start(send: ClaimedSend, deadlineMs: number, announcements: number): void {
    const work = this.#send(send, deadlineMs)
      .catch((error: unknown) => this.#logger.error({ err: error, sendId: send.id }, 'a send was left open'))
      .finally(() => {
        const wasFull = this.#free === 0;
        this.#inFlight.delete(work);
        if (wasFull || send.hasSuccessor || announcements !== this.#announcements) this.loop.wake();
        else this.loop.watch();
      });
    this.#inFlight.add(work);
  }

  async #send(send: ClaimedSend, deadlineMs: number): Promise<void> {
    const permission = permitSend(send, Date.now());
    if (permission.kind === 'reject') return this.settleSend.execute(send, permission);
    const { id, from, to, text } = send;
    const { validitySeconds } = permission;
    const result = await this.sender.send({ id, from, to, text, validitySeconds }, deadlineMs);
    await this.settleSend.execute(send, decideAfterAttempt(result, send.attempt, Math.random()));
  }
}
