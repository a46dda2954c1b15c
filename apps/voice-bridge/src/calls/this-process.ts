import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ServiceState } from '@parley/service-kit';
import { VOICE_ENV, type VoiceEnv } from '../voice.env.js';

/** This process as the others count it. */
@Injectable()
export class ThisProcess {
  readonly id = randomUUID();

  constructor(
    @Inject(VOICE_ENV) private readonly env: VoiceEnv,
    private readonly state: ServiceState,
  ) {}

  /** How many calls may be let in for it; one that is to stop takes none beside those that were let in. */
  get maxCalls(): number {
    return this.isDraining ? 0 : this.env.VOICE_MAX_CALLS;
  }

  /** How many media sockets it carries at a time. */
  get maxSockets(): number {
    return this.env.VOICE_MAX_CALLS;
  }

  get isDraining(): boolean {
    return this.state.isDraining;
  }
}
