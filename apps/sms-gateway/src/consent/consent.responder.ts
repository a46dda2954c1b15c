import { Controller } from '@nestjs/common';
import { CheckConsent } from '@parley/contracts';
import { Answers } from '@parley/messaging';
import type { z } from 'zod';
import { ConsentStore } from './consent-store.js';

/** rpc.gateway.check-consent: lets other services check a person's consent. */
@Controller()
export class ConsentResponder {
  constructor(private readonly consents: ConsentStore) {}

  @Answers(CheckConsent)
  async checkConsent({
    threadId,
  }: z.output<typeof CheckConsent.input>): Promise<z.output<typeof CheckConsent.output>> {
    const consent = await this.consents.ofThread(threadId);
    return consent ? { consent } : null;
  }
}
