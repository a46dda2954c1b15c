import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { sleep } from '@parley/resilience';
import { ServiceState } from '@parley/service-kit';
import { IssuedTokens } from '../calls/issued-tokens.js';
import { VOICE_ENV, type VoiceEnv } from '../voice.env.js';
import { CallSessions } from './call-sessions.js';

const LOOK_MS = 200;

/**
 * A process that is to stop has issued media tokens whose callers are on their way to it, and whose `<Connect>` nobody
 * can take back: their media sockets are let in, and their calls carried to their end, for `VOICE_DRAIN_MS` at most.
 * Without such callers it closes at once.
 */
@Injectable()
export class FinishCalls implements OnModuleInit {
  readonly #logger = new Logger(FinishCalls.name);

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
      if (!hasWaited) this.#logger.log('callers are on their way: closing once their calls are over');
      hasWaited = true;
      await sleep(LOOK_MS);
    }
  }

  /** The calls are asked for last: a socket uses its token after its call is among them. */
  async #isAwaited(): Promise<boolean> {
    const areAwaited = await this.tokens.areAwaited().catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'it is not known whether callers are on their way');
      return true;
    });
    return areAwaited || this.sessions.hasLateCalls;
  }
}
