import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { sleep } from '@parley/resilience';
import { ServiceState } from '@parley/service-kit';
import { IssuedTokens } from '../calls/issued-tokens.js';
import { VOICE_ENV, type VoiceEnv } from '../voice.env.js';
import { CallSessions } from './call-sessions.js';

const LOOK_MS = 200;

/**
 * Drains a process after the signal to stop. Twilio may still be connecting callers to whom the process issued media
 * tokens, and their `<Connect>` cannot be withdrawn. So the process admits their media sockets and carries their calls to
 * the end, for `VOICE_DRAIN_MS` at most. Without such callers it closes at once.
 */
@Injectable()
export class DrainCalls implements OnModuleInit {
  readonly #logger = new Logger(DrainCalls.name);

  constructor(
    private readonly sessions: CallSessions,
    private readonly tokens: IssuedTokens,
    private readonly state: ServiceState,
    @Inject(VOICE_ENV) private readonly env: VoiceEnv,
  ) {}

  onModuleInit(): void {
    this.state.finishBeforeClosing(this.env.VOICE_DRAIN_MS, (deadline) => this.#finish(deadline));
  }

  async #finish(deadline: AbortSignal): Promise<void> {
    this.sessions.drain();
    let hasWaited = false;
    while (!deadline.aborted && (await this.#isAwaited())) {
      if (!hasWaited)
        this.#logger.log('Twilio is still connecting callers; this process stops when their calls are over');
      hasWaited = true;
      await sleep(LOOK_MS);
    }
  }

  /**
   * Whether a caller is still connecting or a late call goes on. Reads the late calls last, because a call becomes a
   * late call before its socket uses the token.
   */
  async #isAwaited(): Promise<boolean> {
    const areAwaited = await this.tokens.areAwaited().catch((error: unknown) => {
      this.#logger.warn(
        { err: error },
        'Could not read from Postgres whether callers are still connecting; this process asks again before it stops',
      );
      return true;
    });
    return areAwaited || this.sessions.hasLateCalls;
  }
}
