import { Module } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { recogniserOf, voiceOf } from '../speech-vendors.js';
import { VOICE_ENV } from '../voice.env.js';
import { NatsAgentClient } from './adapters/nats-agent-client.js';
import { AgentClient } from './agent-client.js';
import { CallRecorder } from './call-recorder.js';
import { CallSessionFactory } from './call-session-factory.js';
import { CallSessions } from './call-sessions.js';
import { CheckLanguages } from './check-languages.js';
import { DrainCalls } from './drain-calls.js';
import { Ticker } from './ticker.js';
import { SpeechToText } from '../speech-to-text/speech-to-text.js';
import { TextToSpeech } from '../text-to-speech/text-to-speech.js';

/** caller → recogniser → turn-taking → agent-orchestrator → voice → caller; see call-session.ts */
@Module({
  imports: [AgentsModule, CallsModule],
  providers: [
    CallSessionFactory,
    CallSessions,
    CallRecorder,
    CheckLanguages,
    DrainCalls,
    Ticker,
    { provide: AgentClient, useClass: NatsAgentClient },
    { provide: SpeechToText, useFactory: recogniserOf, inject: [VOICE_ENV] },
    { provide: TextToSpeech, useFactory: voiceOf, inject: [VOICE_ENV] },
  ],
  exports: [CallSessions],
})
export class SessionModule {}
