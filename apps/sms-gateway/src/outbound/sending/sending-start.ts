import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';

/**
 * Delays sending after a start until all lines were searched for missed texts, because one may be a STOP; at most by
 * `sendAfterStartMs`, since the vendor's list may be unavailable.
 */
@Injectable()
export class SendingStart implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(SendingStart.name);
  readonly #allowed = Promise.withResolvers<void>();
  #timeout: NodeJS.Timeout | undefined;

  constructor(@Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes) {}

  /** Settles when sending may begin. */
  get whenAllowed(): Promise<void> {
    return this.#allowed.promise;
  }

  onApplicationBootstrap(): void {
    this.#timeout = setTimeout(() => {
      this.#logger.warn(
        'Sending begins before the search for missed texts is complete: if a STOP was missed, it is not applied yet',
      );
      this.#allowed.resolve();
    }, this.times.sendAfterStartMs);
  }

  beforeApplicationShutdown(): void {
    clearTimeout(this.#timeout);
  }

  /** Lets sending begin: all lines were searched for missed texts. */
  allow(): void {
    clearTimeout(this.#timeout);
    this.#allowed.resolve();
  }
}
