import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';

/**
 * Delays sending after a start until missed texts were polled once, because a STOP may be among them. While the vendor's
 * list is unavailable, it delays for `sendAfterStartMs`.
 */
@Injectable()
export class SendingStart implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(SendingStart.name);
  readonly #allowed: Promise<void>;
  #resolve: () => void = () => undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor(@Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes) {
    this.#allowed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Settles when sending may begin. */
  get allowed(): Promise<void> {
    return this.#allowed;
  }

  onApplicationBootstrap(): void {
    this.#patience = setTimeout(() => {
      this.#logger.warn(
        'Sending begins before missed texts could be looked for: a STOP among them is not known yet',
      );
      this.#resolve();
    }, this.times.sendAfterStartMs);
  }

  beforeApplicationShutdown(): void {
    clearTimeout(this.#patience);
  }

  /** Lets sending begin after missed texts were polled. */
  allow(): void {
    clearTimeout(this.#patience);
    this.#resolve();
  }
}
