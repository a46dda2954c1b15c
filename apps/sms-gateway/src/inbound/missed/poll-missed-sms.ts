import { Inject, Injectable, Logger } from '@nestjs/common';
import { LoopingService, sleep, WakeableLoop } from '@parley/resilience';
import { Lines } from '../../lines/lines.js';
import { SendingStart } from '../../outbound/sending/sending-start.js';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import { FindMissedSms } from './find-missed-sms.js';
import { MissedSmsSearches } from './missed-sms-searches.js';

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 10_000;

/**
 * Searches each line for missed texts, on one replica at a time: after a start before any text is sent, and then about once
 * a minute.
 */
@Injectable()
export class PollMissedSms extends LoopingService {
  readonly #logger = new Logger(PollMissedSms.name);
  readonly #stopping = new AbortController();
  protected override readonly loop: WakeableLoop;
  #starting: Promise<void> | undefined;

  constructor(
    private readonly lines: Lines,
    private readonly searches: MissedSmsSearches,
    private readonly findMissedSms: FindMissedSms,
    private readonly sendingStart: SendingStart,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {
    const { inboundPollMs } = times;
    super();
    this.loop = new WakeableLoop({
      name: PollMissedSms.name,
      everyMs: inboundPollMs,
      // With the whole interval, a line that another replica searched a little early would be skipped in this round.
      step: () => this.#poll(() => inboundPollMs / 2),
    });
  }

  override onApplicationBootstrap(): void {
    this.#starting = this.#catchUp();
  }

  override async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await this.#starting;
    await super.beforeApplicationShutdown();
  }

  /** Waits until each line was searched after our start, by this or another replica; then lets sending begin. */
  async #catchUp(): Promise<void> {
    const startedAt = performance.now();
    const { signal } = this.#stopping;
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      if (await this.#isCaughtUp(startedAt)) break;
      await sleep(Math.min(pauseMs, this.times.inboundPollMs), signal);
    }
    if (signal.aborted) return;
    this.sendingStart.allow();
    this.loop.start();
  }

  async #isCaughtUp(startedAt: number): Promise<boolean> {
    if (!this.lines.default) return false;
    const sinceStart = (): number => Math.floor(performance.now() - startedAt);
    try {
      await this.#poll(sinceStart);
      return await this.searches.isEveryLineSearched(sinceStart());
    } catch (error) {
      this.#logger.warn(
        { err: error },
        'The search for missed texts failed; it is retried within 10 seconds',
      );
      return false;
    }
  }

  async #poll(olderThanMs: () => number): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const line = await this.searches.claim(olderThanMs(), this.times.leaseMs);
      if (!line) return;
      try {
        await this.findMissedSms.execute(line);
      } catch (error) {
        await this.searches.release(line);
        throw error;
      }
      await this.searches.complete(line);
    }
  }
}
