import { Module } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { recogniserOf, VOICE_ENV, voiceOf } from '../voice.env.js';
import { NatsAgentLine } from './adapters/nats-agent-line.js';
import { AgentLine } from './agent-line.js';
import { CallKeeping } from './call-keeping.js';
import { CallSessions } from './call-sessions.js';
import { CheckLanguages } from './check-languages.js';
import { FinishCalls } from './finish-calls.js';
import { Metronome } from './metronome.js';
import { SpeechToText } from '../speech-to-text/speech-to-text.js';
import { TextToSpeech } from '../text-to-speech/text-to-speech.js';

/** caller → recogniser → turn-taking → agent-orchestrator → voice → caller; see call-session.ts */
@Module({
  imports: [AgentsModule, CallsModule],
  providers: [
    CallSessions,
    CallKeeping,
    CheckLanguages,
    FinishCalls,
    Metronome,
    { provide: AgentLine, useClass: NatsAgentLine },
    { provide: SpeechToText, useFactory: recogniserOf, inject: [VOICE_ENV] },
    { provide: TextToSpeech, useFactory: voiceOf, inject: [VOICE_ENV] },
  ],
  exports: [CallSessions],
})
export class SessionModule {}
