import { Module } from '@nestjs/common';
import { PostgresConsentStore } from './adapters/postgres-consent-store.js';
import { ChangeConsent } from './change-consent.js';
import { ConsentStore } from './consent-store.js';
import { ConsentResponder } from './consent.responder.js';

/** ChangeConsent → int.sms.consent-changed.v1.<threadId>; rpc.gateway.check-consent */
@Module({
  controllers: [ConsentResponder],
  providers: [ChangeConsent, { provide: ConsentStore, useClass: PostgresConsentStore }],
  exports: [ChangeConsent, ConsentStore],
})
export class ConsentModule {}
