import { Module } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { SessionModule } from '../session/session.module.js';
import { AdmitMedia } from './admit-media.js';
import { MediaAdmission } from './media-admission.js';
import { MediaGateway } from './adapters/media.gateway.js';

/** wss://…/media/{callId}/{token} → AdmitMedia → CallSession */
@Module({
  imports: [AgentsModule, CallsModule, SessionModule],
  providers: [MediaGateway, { provide: MediaAdmission, useClass: AdmitMedia }],
})
export class MediaModule {}
