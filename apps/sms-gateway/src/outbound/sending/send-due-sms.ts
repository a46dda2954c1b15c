import { Inject, Injectable, Logger } from '@nestjs/common';
import { DuePoll, type PolledLoop } from '@parley/persistence';
import { LoopingService } from '@parley/resilience';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import { SendQueue } from '../queue/send-queue.js';
import { SendingWakeUp } from '../queue/sending-wake-up.js';
import type { ClaimedSend } from '../send.js';
import { HandOverSms } from './hand-over-sms.js';
import { SendingStart } from './sending-start.js';

/** The most requests to the vendor that this process has open at once. */
const MAX_IN_FLIGHT = 32;

/** Claims the due texts, the first of each thread, and hands each to the vendor once, before its deadline. */
@Injectable()
export class SendDueSms extends LoopingService {
  readonly #logger = new Logger(SendDueSms.name);
  protected override readonly loop: PolledLoop;
  readonly #inFlight = new Set<Promise<void>>();
  /** The number of wake-ups. When a send ends and this number has changed since its claim, the loop polls again. */
  #wakeUps = 0;
  #stopListening: () => void = () => undefined;

  constructor(
    private readonly queue: SendQueue,
    private readonly handOverSms: HandOverSms,
    private readonly start: SendingStart,
    private readonly wakeUp: SendingWakeUp,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
    poll: DuePoll,
  ) {
    super();
    this.loop = poll.loop({
      name: SendDueSms.name,
      dueAt: () => queue.dueAt(),
      step: () => this.#claim(),
    });
  }

  override onApplicationBootstrap(): void {
    this.#stopListening = this.wakeUp.listen(
      () => this.#wakeOrAskReplicas(),
      () => this.#wake(),
    );
    void this.start.whenAllowed.then(() => this.loop.start());
  }

  /** Claims no more and waits for the vendor's answers, at most until their deadlines. */
  override async beforeApplicationShutdown(): Promise<void> {
    this.#stopListening();
    await super.beforeApplicationShutdown();
    await Promise.all(this.#inFlight);
  }

  #wakeOrAskReplicas(): void {
    if (this.#free === 0) this.wakeUp.wakeReplicas();
    this.#wake();
  }

  get #free(): number {
    return MAX_IN_FLIGHT - this.#inFlight.size;
  }

  #wake(): void {
    this.#wakeUps += 1;
    if (this.#free > 0) this.loop.wake();
  }

  async #claim(): Promise<void> {
    const limit = this.#free;
    if (limit === 0) return;
    const wakeUpsAtClaim = this.#wakeUps;
    // Read before the claim, so that our deadline is never later than the database's.
    const deadlineMs = performance.now() + this.times.sendDeadlineMs;
    const claimed = await this.queue.claimDue(limit, this.times.sendDeadlineMs);
    for (const send of claimed) this.#start(send, deadlineMs, wakeUpsAtClaim);
  }

  #start(send: ClaimedSend, deadlineMs: number, wakeUpsAtClaim: number): void {
    const work = this.handOverSms
      .execute(send, deadlineMs)
      .catch((error: unknown) =>
        this.#logger.error(
          { err: error, sendId: send.id },
          'The outcome of a send could not be stored: it becomes unknown and will be reconciled',
        ),
      )
      .finally(() => {
        const wasFull = this.#free === 0;
        this.#inFlight.delete(work);
        if (wasFull || send.hasSuccessor || wakeUpsAtClaim !== this.#wakeUps) this.loop.wake();
        else this.loop.watch();
      });
    this.#inFlight.add(work);
  }
}
