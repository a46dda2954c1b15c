import { z } from 'zod';
import { queryToRecord, type UpgradeRefusal, type VendorEndpoint } from '../vendors/upgrades.js';
import type { VendorSockets } from '../vendors/vendor-socket.js';
import type { VoiceSettings } from '../voice-settings.js';
import { SpeechSocket } from './speech-socket.js';

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

const SpeechQuery = z.looseObject({
  model_id: z
    .string()
    .regex(/^eleven_(flash|turbo|multilingual|monolingual)_\w+$/, 'unknown model')
    .default('eleven_multilingual_v2'),
  output_format: z.literal('ulaw_8000', 'the simulator supports ulaw_8000 only'),
  auto_mode: flag,
  sync_alignment: flag,
  inactivity_timeout: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(180))
    .default(20),
  language_code: z.string().optional(),
});

const MESSAGES: Record<string, string> = {
  quota_exceeded: 'This request exceeds your quota.',
  too_many_concurrent_requests: 'Too many concurrent requests.',
  system_busy: 'The system is experiencing heavy traffic. Please try again.',
  invalid_api_key: 'Invalid API key',
  unsupported_model: 'The model does not stream on this socket.',
};

function refusal(status: number, code: string, message = MESSAGES[code] ?? 'Refused'): UpgradeRefusal {
  return { status, body: { detail: { status: code, message } } };
}

/** Accepts or refuses sockets under `/elevenlabs`. */
export function elevenLabsEndpoint(
  sockets: VendorSockets,
  settings: VoiceSettings,
  apiKey: string | undefined,
): VendorEndpoint {
  return {
    vendor: 'elevenlabs',
    check(url, headers) {
      const [, voice] = /^\/v1\/text-to-speech\/([^/]+)\/multi-stream-input$/.exec(url.pathname) ?? [];
      if (voice === undefined) return refusal(404, 'not_found', `No such path: ${url.pathname}`);
      const key = headers['xi-api-key'];
      if (key === undefined || key === '' || (apiKey !== undefined && key !== apiKey)) {
        return refusal(401, 'invalid_api_key');
      }
      const query = queryToRecord(url);
      if (/_(v3|v4)/.test(String(query['model_id'] ?? ''))) return refusal(403, 'unsupported_model');
      const parsed = SpeechQuery.safeParse(query);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        return refusal(400, 'invalid_request', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
      }
      const options = {
        voice: decodeURIComponent(voice),
        isAuto: parsed.data.auto_mode,
        syncAlignment: parsed.data.sync_alignment,
        inactivityMs: parsed.data.inactivity_timeout * 1_000,
        language: parsed.data.language_code,
      };
      return (ws, fault) =>
        void sockets.append(
          (index) => new SpeechSocket(ws, index, query, fault, () => sockets.changed(), options, settings),
        );
    },
    refuse: ({ status, code }) =>
      refusal(status, code ?? (status === 401 ? 'quota_exceeded' : 'too_many_concurrent_requests')),
  };
}
