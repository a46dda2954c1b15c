import { Injectable } from '@nestjs/common';
import type { PromptChannel } from '@parley/dialogue';
import { ConversationChannel } from '../../channel.js';

export const voicePrompt: PromptChannel = {
  name: 'voice',
  label: 'phone call',
  mark: 'by phone',
  person: 'the caller',
  facts: [
    'You are answering in a live phone call.',
    'What you write is spoken aloud: short sentences, no lists, no symbols.',
  ],
};

/** Phone calls, which the voice-bridge carries. Replies are streamed to it while they are made; the log delivers none. */
@Injectable()
export class VoiceChannel extends ConversationChannel {
  override readonly name = 'voice';
  override readonly prompt = voicePrompt;
  /** The voice-bridge asks at the end of turn. */
  override readonly quietMs = 0;
}
