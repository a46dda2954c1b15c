import { AgentVoice, NEUTRAL_VOICE } from '@parley/contracts';
import { z } from 'zod';

const { voiceId, languages, greeting, greetingMayBeInterrupted, fillers, reprompts } = AgentVoice.shape;
const { goodbye, apology, busy, backchannels, silenceMs, maxDurationMs } = AgentVoice.shape;

/** An agent on the phone as the seed file may describe it; what it leaves out is as in `NEUTRAL_VOICE`. */
export const VoiceSettings = z.strictObject({
  voiceId,
  languages: languages.default(NEUTRAL_VOICE.languages),
  greeting: greeting.default(NEUTRAL_VOICE.greeting),
  greetingMayBeInterrupted: greetingMayBeInterrupted.default(NEUTRAL_VOICE.greetingMayBeInterrupted),
  fillers: fillers.default(NEUTRAL_VOICE.fillers),
  reprompts: reprompts.default(NEUTRAL_VOICE.reprompts),
  goodbye: goodbye.default(NEUTRAL_VOICE.goodbye),
  apology: apology.default(NEUTRAL_VOICE.apology),
  busy: busy.default(NEUTRAL_VOICE.busy),
  bargeIn: z.enum(['speech', 'words', 'off']).default('speech'),
  backchannels,
  silenceMs: silenceMs.default(NEUTRAL_VOICE.silenceMs),
  maxDurationMs: maxDurationMs.default(NEUTRAL_VOICE.maxDurationMs),
});
