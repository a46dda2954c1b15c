import { Module } from '@nestjs/common';
import { TwilioAccount } from './adapters/twilio-account.js';
import { TwilioMessageList } from './adapters/twilio-message-list.js';
import { MessageList } from './message-list.js';

/** Twilio's REST API and its list of texts. */
@Module({
  providers: [TwilioAccount, { provide: MessageList, useClass: TwilioMessageList }],
  exports: [TwilioAccount, MessageList],
})
export class CarrierModule {}
