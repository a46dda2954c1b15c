import type { StartedParley } from './launcher.js';
import { DEFAULT_DATA_DIR, DEFAULT_PORT, type LaunchSettings } from './launch-settings.js';

/** Returns the text that npm start prints when Parley is ready: addresses, and commands to try. */
export function greetingText(
  settings: LaunchSettings,
  { apiKey, natsUrl, subscriber }: StartedParley,
): string {
  const { port, twilio, dataDir } = settings;
  const origin = `http://localhost:${port}`;
  const folder = dataDir === DEFAULT_DATA_DIR ? '.parley' : dataDir;
  const here = dataDir === DEFAULT_DATA_DIR ? '' : `PARLEY_DATA_DIR=${quoted(dataDir)} `;
  const samePort = port === DEFAULT_PORT ? '' : `WEBHOOK_PORT=${port} `;
  const lines = ['', `Parley runs at ${origin}`, ''];
  if (twilio.mode === 'simulated') {
    lines.push(
      'Twilio and the speech vendors are simulated, because TWILIO_ACCOUNT_SID is not set. Nothing costs money.',
      `The simulated number is ${twilio.phoneNumber}.`,
    );
  } else {
    lines.push(
      'Twilio is live: texts are sent and cost money.',
      `Set your number's messaging webhook to POST ${settings.publicUrl}/webhook/sms`,
      settings.voice === 'off'
        ? `Calls are not answered until you set ${settings.voiceKeys.join(', ')}.`
        : `and its voice webhook to POST ${settings.publicUrl}/webhooks/twilio/voice (docs/voice.md).`,
    );
  }
  lines.push(
    settings.llmProvider === 'demo'
      ? 'The built-in demo agent answers, because LLM_API_KEY is not set.'
      : `The agent's model comes from ${settings.llmProvider}.`,
    ...settings.warnings.map((warning) => `! ${warning}`),
    '',
    'Try, in another terminal:',
  );
  if (twilio.mode === 'simulated') {
    lines.push(
      `  ${here}npm run sms -- "+15550100001" "Hello"`,
      `  ${here}npm run call -- "+15550100001"`,
      `  curl -X POST ${origin}/webhook/sms -d "From=+15550100001" -d "Body=Hello"`,
    );
  } else {
    lines.push('  text your Twilio number from a phone');
  }
  lines.push(
    `  ${here}npm run chat -- "ada"`,
    `  curl -H "Authorization: Bearer ${apiKey}" ${origin}/v1/conversations`,
    '',
    subscriber
      ? `Events: ${natsUrl}, user ${subscriber.name}, password ${subscriber.password} (docs/events.md).`
      : `Events: ${natsUrl.replaceAll(/\/\/[^/@,]*@/g, '//')} (docs/events.md).`,
    `Data: ${folder} (${here}${samePort}npm start -- --reset deletes it). Logs: ${folder}/logs.`,
  );
  if (twilio.mode === 'simulated')
    lines.push(
      'To go live, set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER and PUBLIC_URL, for example in .env.',
    );
  lines.push('Ctrl-C stops everything.', '');
  return lines.join('\n');
}

/** Quotes a path for a shell. */
function quoted(path: string): string {
  return /^[\w./+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
