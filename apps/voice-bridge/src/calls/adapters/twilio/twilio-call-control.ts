import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { RetryableError } from '@parley/resilience';
import { type TwilioClient, twilioClientOf, twilioFailureOf } from '@parley/twilio';
import { VOICE_ENV, type VoiceEnv } from '../../../voice.env.js';
import { CallControl } from '../../call-control.js';

/** The caller waits in silence during this time. */
const REQUEST_TIMEOUT_MS = 3_000;

@Injectable()
export class TwilioCallControl extends CallControl implements OnModuleInit {
  #client: TwilioClient;

  constructor(@Inject(VOICE_ENV) private readonly env: VoiceEnv) {
    super();
  }

  async onModuleInit(): Promise<void> {
    this.#client = await twilioClientOf(this.env, REQUEST_TIMEOUT_MS);
  }

  async complete(callSid: string): Promise<void> {
    try {
      await this.#client.calls(callSid).update({ status: 'completed' });
    } catch (cause) {
      const failure = twilioFailureOf(cause);
      // 21220: the call is not in progress any more; 404: Twilio has deleted it.
      if (failure?.kind === 'rejected' && (failure.code === 21220 || failure.status === 404)) return;
      throw new RetryableError('Twilio did not accept the request to end a call', { cause });
    }
  }
}
