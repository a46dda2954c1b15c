import { Controller } from '@nestjs/common';
import { GetTextAddress } from '@parley/contracts';
import { Answers } from '@parley/messaging';
import type { z } from 'zod';
import { FindTextAddress } from './find-text-address.js';

/** rpc.orchestrator.get-text-address → FindTextAddress */
@Controller()
export class TextAddressResponder {
  constructor(private readonly findTextAddress: FindTextAddress) {}

  @Answers(GetTextAddress)
  async getTextAddress({
    conversationId,
  }: z.output<typeof GetTextAddress.input>): Promise<z.output<typeof GetTextAddress.output>> {
    return (await this.findTextAddress.execute(conversationId)) ?? null;
  }
}
