import { relative } from 'node:path';
import { type LaunchSettings, VOICE_KEYS } from './launch-settings.js';

export const START_HELP = `npm start [-- --reset]

Runs all of Parley on this machine: Postgres, NATS, the services, and (when no vendor keys are set) simulated
vendors. Ctrl-C stops everything; the data stays for the next start.

  --reset   empties the data folder first
  --help    shows this text

Settings come from the environment, or from a file .env at the top of the checkout:
  WEBHOOK_PORT         where it listens (default 4000; alias PORT)
  HOST                 address to listen on (default localhost)
  PUBLIC_URL           how Twilio reaches that port from outside (live mode)
  TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER
                       your own Twilio account; without them Twilio is simulated
  DEEPGRAM_API_KEY, ELEVENLABS_API_KEY, ELEVENLABS_VOICE_ID
                       the ears and the voice of your calls, beside your own Twilio account
  LLM_PROVIDER, LLM_MODEL, LLM_API_KEY, LLM_BASE_URL
                       the model that answers; without a key a built-in demo agent does
  DATABASE_ADMIN_URL   a Postgres 18 to use instead of the embedded one (or DATABASE_URL: one role for all)
  NATS_URL             a NATS server with JetStream to use instead of our own
  NATS_SERVER_BIN      the nats-server binary to run
  PARLEY_DATA_DIR      where the data lives (default .parley)
  PARLEY_API_KEY, PARLEY_DATA_KEYS
                       made once and kept in the data folder when not set
  LOG_LEVEL            also shows the services' log lines from this level on (default: warnings and errors only)
`;

/** What to try next, once everything runs. */
export function greeting(settings: LaunchSettings, apiKey: string, dataDir: string): string {
  const { port, twilio } = settings;
  const origin = `http://localhost:${port}`;
  const folder = relative(process.cwd(), dataDir) || dataDir;
  const lines = ['', `Parley runs at ${origin}`, ''];
  if (twilio.mode === 'simulated') {
    lines.push(
      'Twilio, Deepgram and ElevenLabs are simulated (no TWILIO_ACCOUNT_SID is set): nothing costs money.',
      `The simulated number is ${twilio.phoneNumber}.`,
    );
  } else {
    lines.push(
      'Twilio is live: texts are sent and cost money.',
      `Set your number's messaging webhook to POST ${settings.publicUrl}/webhook/sms`,
      settings.voice === 'off'
        ? `Calls are not answered: that takes ${VOICE_KEYS.join(', ')}.`
        : `and its voice webhook to POST ${settings.publicUrl}/webhooks/twilio/voice (docs/voice.md).`,
    );
  }
  lines.push(
    settings.llmProvider === 'demo'
      ? 'The built-in demo agent answers (no LLM_API_KEY is set).'
      : `The agent's model comes from ${settings.llmProvider}.`,
    ...settings.warnings.map((warning) => `! ${warning}`),
    '',
    'Try, in another terminal:',
  );
  if (twilio.mode === 'simulated') {
    lines.push(
      '  npm run sms -- "+15550100001" "Hello"',
      '  npm run call -- "+15550100001"',
      `  curl -X POST ${origin}/webhook/sms -d "From=+15550100001" -d "Body=Hello"`,
    );
  } else {
    lines.push('  text your Twilio number from a phone');
  }
  lines.push(
    `  curl -H "Authorization: Bearer ${apiKey}" ${origin}/v1/conversations`,
    '',
    `The data lives in ${folder} (npm start -- --reset empties it), the logs in ${folder}/logs.`,
  );
  if (twilio.mode === 'simulated')
    lines.push(
      'To go live, set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER and PUBLIC_URL (in .env, say).',
    );
  lines.push('Ctrl-C stops everything.', '');
  return lines.join('\n');
}
