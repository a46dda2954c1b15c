import { AgentVoice } from '@parley/contracts';
import { z } from 'zod';

const { voiceId, languages, greeting, greetingMayBeInterrupted, fillers, reprompts } = AgentVoice.shape;
const { goodbye, apology, busy, silenceMs, maxDurationMs } = AgentVoice.shape;

/** An agent on the phone as the seed file may describe it; what it leaves out is as here. */
export const VoiceSettings = z.strictObject({
  voiceId,
  languages: languages.default(['en']),
  greeting: greeting.default('Hello! How can I help you?'),
  greetingMayBeInterrupted: greetingMayBeInterrupted.default(true),
  fillers: fillers.default(['One moment, please.']),
  reprompts: reprompts.default(['Are you still there?', 'I cannot hear you. Are you still there?']),
  goodbye: goodbye.default('I am hanging up now. Goodbye!'),
  apology: apology.default('Sorry, something went wrong on my side. Please try again.'),
  busy: busy.default('All our lines are busy. Please call again in a few minutes.'),
  bargeIn: z.enum(['speech', 'words', 'off']).default('speech'),
  silenceMs: silenceMs.default(8_000),
  maxDurationMs: maxDurationMs.default(30 * 60_000),
});
