import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ServiceState } from '@parley/service-kit';
import { VOICE_ENV, type VoiceEnv } from '../voice.env.js';

/** This process and its capacity, which other processes read. */
@Injectable()
export class ThisProcess {
  readonly id = randomUUID();

  constructor(
    @Inject(VOICE_ENV) private readonly env: VoiceEnv,
    private readonly state: ServiceState,
  ) {}

  /** Returns how many calls may be admitted for this process: 0 while it drains. */
  get maxCalls(): number {
    return this.isDraining ? 0 : this.env.VOICE_MAX_CALLS;
  }

  /** Returns the most media sockets that this process carries. */
  get maxSockets(): number {
    return this.env.VOICE_MAX_CALLS;
  }

  get isDraining(): boolean {
    return this.state.isDraining;
  }
}
