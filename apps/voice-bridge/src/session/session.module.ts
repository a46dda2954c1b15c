import { Module } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { VOICE_ENV, type VoiceEnv } from '../voice.env.js';
import { deepgramSpeechToText } from './adapters/deepgram-speech-to-text.js';
import { ElevenLabsTextToSpeech } from './adapters/elevenlabs-text-to-speech.js';
import { NatsAgentLine } from './adapters/nats-agent-line.js';
import { AgentLine } from './agent-line.js';
import { CallKeeping } from './call-keeping.js';
import { CallSessions } from './call-sessions.js';
import { CheckLanguages } from './check-languages.js';
import { FinishCalls } from './finish-calls.js';
import { Metronome } from './metronome.js';
import { SpeechToText } from './speech-to-text.js';
import { TextToSpeech } from './text-to-speech.js';

/** caller → Deepgram → turn-taking → agent-orchestrator → ElevenLabs → caller; see call-session.ts */
@Module({
  imports: [AgentsModule, CallsModule],
  providers: [
    CallSessions,
    CallKeeping,
    CheckLanguages,
    FinishCalls,
    Metronome,
    { provide: AgentLine, useClass: NatsAgentLine },
    {
      provide: SpeechToText,
      useFactory: (env: VoiceEnv) =>
        deepgramSpeechToText({
          apiKey: env.DEEPGRAM_API_KEY,
          model: env.DEEPGRAM_MODEL,
          baseUrl: env.DEEPGRAM_BASE_URL,
        }),
      inject: [VOICE_ENV],
    },
    {
      provide: TextToSpeech,
      useFactory: (env: VoiceEnv) =>
        new ElevenLabsTextToSpeech({
          apiKey: env.ELEVENLABS_API_KEY,
          model: env.ELEVENLABS_MODEL,
          voiceId: env.ELEVENLABS_VOICE_ID,
          baseUrl: env.ELEVENLABS_BASE_URL,
        }),
      inject: [VOICE_ENV],
    },
  ],
  exports: [CallSessions],
})
export class SessionModule {}
