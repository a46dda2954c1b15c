/** What each process is given of the launcher's environment: its own settings, and no other's secrets. */
const OWN_VARIABLES: Readonly<Record<string, RegExp>> = {
  'agent-orchestrator': /^(PARLEY_DATA_KEYS|LLM_\w+|AGENTS_FILE|BURST_TIME_SCALE)$/,
  'sms-gateway': /^(PARLEY_DATA_KEYS|PARLEY_API_KEY|TWILIO_\w+|SMS_MAX_\w+|WEBHOOK_URL|NGROK_URL)$/,
  'voice-bridge':
    /^(PARLEY_DATA_KEYS|TWILIO_(?!OPT_OUT)\w+|DEEPGRAM_\w+|ELEVENLABS_\w+|VOICE_\w+|MEDIA_PUBLIC_URL|WEBHOOK_URL|NGROK_URL)$/,
  simulator: /^SIMULATOR_\w+$/,
};

/** No secrets: how processes log, reach the network and NATS. */
const SHARED_VARIABLES =
  /^(LOG_LEVEL|LOG_FORMAT|RECOVERY_TIME_SCALE|NATS_\w+|NODE_\w+|OTEL_\w+|(https?|no|all)_proxy)$/i;

/** The variables of each process, by its name. */
export function serviceVariables(
  variables: Readonly<Record<string, string>>,
): Record<string, Record<string, string>> {
  return Object.fromEntries(
    Object.entries(OWN_VARIABLES).map(([service, own]) => [
      service,
      Object.fromEntries(
        Object.entries(variables).filter(([name]) => own.test(name) || SHARED_VARIABLES.test(name)),
      ),
    ]),
  );
}
