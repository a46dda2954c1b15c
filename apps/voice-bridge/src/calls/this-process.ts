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

  /** How many calls it carries at a time; one that is about to end takes none. */
  get maxCalls(): number {
    return this.state.isDraining ? 0 : this.env.VOICE_MAX_CALLS;
  }
}
