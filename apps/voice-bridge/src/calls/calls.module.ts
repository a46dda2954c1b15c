import { Module } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import { PostgresCallCapacity } from './adapters/postgres-call-capacity.js';
import { PostgresCallStore } from './adapters/postgres-call-store.js';
import { PostgresTurnStore } from './adapters/postgres-turn-store.js';
import { TwilioCallControl } from './adapters/twilio/twilio-call-control.js';
import { TwilioVoiceWebhook } from './adapters/twilio/twilio-voice.webhook.js';
import { AnnounceCall } from './announce-call.js';
import { AnswerCall } from './answer-call.js';
import { CallCapacity } from './call-capacity.js';
import { CallControl } from './call-control.js';
import { CallStore } from './call-store.js';
import { CallsResponder } from './calls.responder.js';
import { EndCall } from './end-call.js';
import { HangUpCall } from './hang-up-call.js';
import { HandleCallStatus } from './handle-call-status.js';
import { IssuedTokens } from './issued-tokens.js';
import { RecordTurn } from './record-turn.js';
import { ResumeCall } from './resume-call.js';
import { SweepCalls } from './sweep-calls.js';
import { ClaimCall } from './claim-call.js';
import { ThisProcess } from './this-process.js';
import { TurnStore } from './turn-store.js';

/**
 * POST /webhooks/twilio/voice → AnswerCall → TwiML with the address of a media socket
 * POST …/resume → ResumeCall; …/status → HandleCallStatus → int.call.state-changed.v1.<callId>
 */
@Module({
  imports: [AgentsModule],
  controllers: [TwilioVoiceWebhook, CallsResponder],
  providers: [
    AnnounceCall,
    AnswerCall,
    ResumeCall,
    EndCall,
    HangUpCall,
    HandleCallStatus,
    IssuedTokens,
    RecordTurn,
    ClaimCall,
    SweepCalls,
    ThisProcess,
    { provide: CallCapacity, useClass: PostgresCallCapacity },
    { provide: CallStore, useClass: PostgresCallStore },
    { provide: TurnStore, useClass: PostgresTurnStore },
    { provide: CallControl, useClass: TwilioCallControl },
  ],
  exports: [CallStore, TurnStore, ClaimCall, RecordTurn, HangUpCall, EndCall, IssuedTokens, ThisProcess],
})
export class CallsModule {}
