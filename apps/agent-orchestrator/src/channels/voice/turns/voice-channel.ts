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

/**
 * The voice channel: the voice-bridge carries its calls. Replies are streamed to the voice-bridge while the
 * model writes; none is delivered from the log.
 */
@Injectable()
export class VoiceChannel extends ConversationChannel {
  override readonly name = 'voice';
  override readonly prompt = voicePrompt;
  /** There is no quiet time: the voice-bridge requests a reply only at the end of turn. */
  override readonly quietMs = 0;
}
