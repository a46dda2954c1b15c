import { readEnv, startService } from '@parley/service-kit';
import { configureVoice } from './configure-voice.js';
import { problemOf } from './problem-of.js';
import { voiceEnvOf } from './voice.env.js';
import { SERVICE, VoiceModule } from './voice.module.js';

/** Longer than it takes to store the turns and ends of all calls. */
const SHUTDOWN_DEADLINE_MS = 25_000;

const env = readEnv(SERVICE, voiceEnvOf(process.env));

await startService({
  name: SERVICE,
  module: VoiceModule.for(env),
  env,
  port: env.PORT,
  host: env.HOST,
  shutdownDeadlineMs: SHUTDOWN_DEADLINE_MS,
  problemOf,
  configure: configureVoice,
});
