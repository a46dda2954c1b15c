import { Injectable } from '@nestjs/common';
import type { VoiceAgent } from '../agents/voice-agent.js';
import type { Call } from '../calls/call.js';
import { SpeechToText } from '../speech-to-text/speech-to-text.js';
import { TextToSpeech } from '../text-to-speech/text-to-speech.js';
import { AgentClient } from './agent-client.js';
import { CallRecorder } from './call-recorder.js';
import { CallSession } from './call-session.js';
import type { MediaOutput } from './media-output.js';
import { Ticker } from './ticker.js';

export interface CallSessionEvents {
  claimed(session: CallSession): void;
  closed(session: CallSession): void;
}

/** Makes call sessions, which get ticks until their sockets close. */
@Injectable()
export class CallSessionFactory {
  constructor(
    private readonly recogniser: SpeechToText,
    private readonly voice: TextToSpeech,
    private readonly agentClient: AgentClient,
    private readonly recorder: CallRecorder,
    private readonly ticker: Ticker,
  ) {}

  create(call: Call, agent: VoiceAgent, media: MediaOutput, events: CallSessionEvents): CallSession {
    const session: CallSession = new CallSession({
      call,
      agent,
      media,
      recogniser: this.recogniser,
      voice: this.voice,
      agentClient: this.agentClient,
      recorder: this.recorder,
      onClaimed: () => events.claimed(session),
      onClosed: () => {
        stopTicking();
        events.closed(session);
      },
    });
    const stopTicking = this.ticker.onTick((nowMs) => session.tick(nowMs));
    return session;
  }
}
