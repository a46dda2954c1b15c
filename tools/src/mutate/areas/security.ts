import type { Mutation } from '../mutation.js';

const SIGNATURES = 'libs/twilio/src/webhook-signatures.ts';
const GUARD = 'libs/twilio/src/twilio-signature.guard.ts';
const VOICE_WEBHOOK = 'apps/voice-bridge/src/calls/adapters/twilio/twilio-voice.webhook.ts';
const API_KEYS = 'apps/sms-gateway/src/api/keys/api-key.guard.ts';
const DATA_KEY = 'libs/encryption/src/data-key.ts';
const DATA_KEYS = 'libs/encryption/src/data-keys.ts';
const REDACTION = 'libs/service-kit/src/logging/redaction.ts';
const ADMIT = 'apps/voice-bridge/src/media/admit-media.ts';
const CALLS = 'apps/voice-bridge/src/calls/adapters/postgres-call-store.ts';
const GUARD_SPEC = 'libs/twilio/src/twilio-signature.guard.int.spec.ts';
const CALLS_SPEC = 'apps/voice-bridge/src/calls/calls.int.spec.ts';
const KEYS_SPEC = 'libs/encryption/src/data-keys.spec.ts';
const LOGGER_SPEC = 'libs/service-kit/src/logging/service-logger.spec.ts';
const REST_SPEC = 'apps/sms-gateway/src/api/api.int.spec.ts';
const LIMITS_SPEC = 'apps/voice-bridge/src/media/media-limits.int.spec.ts';
const LINK_SPEC = 'apps/agent-orchestrator/src/contacts/link-identity.int.spec.ts';

/** Signatures, keys and scopes, encryption and logs. */
export const securityMutations: readonly Mutation[] = [
  {
    name: 'an unsigned webhook is let in',
    file: SIGNATURES,
    from: "if (typeof signature !== 'string' || signature === '') return 'no-signature';",
    to: "if (typeof signature !== 'string' || signature === '') return undefined;",
    specs: [GUARD_SPEC],
  },
  {
    name: 'a wrongly signed form is let in',
    file: SIGNATURES,
    from: `    if (!isSigned) return 'wrong-signature';
    if (form`,
    to: '    if (form',
    specs: [GUARD_SPEC],
  },
  {
    name: 'a wrongly signed JSON body is let in',
    file: SIGNATURES,
    from: `    if (!isSigned) return 'wrong-signature';
    const accountSid`,
    to: '    const accountSid',
    specs: [GUARD_SPEC],
  },
  {
    name: 'a webhook of another account is let in',
    file: SIGNATURES,
    from: "if (form['AccountSid'] !== this.trust.accountSid) return 'wrong-account';",
    to: '',
    specs: [GUARD_SPEC],
  },
  {
    name: 'a moved field keeps the signature',
    file: SIGNATURES,
    from: '([name, value]) => SHAPES.get(name)?.test(value) ?? true,',
    to: '() => true,',
    specs: [GUARD_SPEC],
  },
  {
    name: 'the guard refuses nothing',
    file: GUARD,
    from: 'if (refusal === undefined) return true;',
    to: 'if (refusal !== null) return true;',
    specs: [GUARD_SPEC],
  },
  {
    name: 'the voice webhooks are open',
    file: VOICE_WEBHOOK,
    from: `@UseGuards(TwilioSignatureGuard)
`,
    to: '',
    specs: ['apps/voice-bridge/src/voice.int.spec.ts'],
    tests: 'every route',
  },
  {
    name: 'the status callbacks of texts are open',
    file: 'apps/sms-gateway/src/outbound/delivery/adapters/twilio-sms-status.webhook.ts',
    from: `@UseGuards(TwilioSignatureGuard)
`,
    to: '',
    specs: ['apps/sms-gateway/src/gateway.int.spec.ts'],
    tests: 'every route',
  },
  {
    name: 'the webhook of texts is open',
    file: 'apps/sms-gateway/src/inbound/adapters/twilio-sms.webhook.ts',
    from: `@UseGuards(SmsWebhookGuard)
`,
    to: '',
    specs: ['apps/sms-gateway/src/gateway.int.spec.ts'],
    tests: 'every route',
  },
  {
    name: 'every request counts as local',
    file: 'apps/sms-gateway/src/inbound/adapters/local-origin.ts',
    from: 'return timingSafeEqual(hashOf(secret), this.#secretHash);',
    to: 'return true;',
    specs: ['apps/sms-gateway/src/inbound/inbound.int.spec.ts'],
  },
  {
    name: 'an unsigned media socket is let in',
    file: ADMIT,
    from: "if (!this.signatures.isSignedUrl(url, upgrade.signature)) return refuse(403, 'wrong-signature');",
    to: '',
    specs: ['apps/voice-bridge/src/voice.int.spec.ts'],
    tests: 'every route',
  },
  {
    name: 'a media socket needs no token',
    file: CALLS,
    from: 'FROM call WHERE id = $1 AND media_token = $2',
    to: "FROM call WHERE id = $1 AND $2::text <> ''",
    specs: [LIMITS_SPEC, CALLS_SPEC],
  },
  {
    name: 'a media token never expires',
    file: CALLS,
    from: 'return row.isYoung ? {',
    to: 'return row.id ? {',
    specs: [LIMITS_SPEC, CALLS_SPEC],
  },
  {
    name: 'a key needs no scope',
    file: API_KEYS,
    from: "if (apiKey.scopes.includes('admin') || apiKey.scopes.includes(scope)) return true;",
    to: 'if (apiKey) return true;',
    specs: [REST_SPEC],
  },
  {
    name: 'a used key does another thing',
    file: 'apps/sms-gateway/src/api/reservations/adapters/postgres-reservation-store.ts',
    from: 'return isSame ? {',
    to: 'return found ? {',
    specs: ['apps/sms-gateway/src/api/messages/messages.int.spec.ts'],
  },
  {
    name: 'a sealed value opens in another position',
    file: DATA_KEY,
    from: `    cipher.setAAD(Buffer.from(aad));
    const ciphertext`,
    to: `    cipher.setAAD(Buffer.from(''));
    const ciphertext`,
    specs: [KEYS_SPEC],
  },
  {
    name: 'a rotated key finds nothing',
    file: DATA_KEYS,
    from: 'return Array.from(this.#byId.values(), (key) => indexUnder(key, value, purpose));',
    to: 'return [indexUnder(this.#current, value, purpose)];',
    specs: [KEYS_SPEC],
  },
  {
    name: 'texts are logged',
    file: REDACTION,
    from: 'body rawbody text content prompt payload form params parameters query',
    to: 'rawbody content prompt payload form params parameters query',
    specs: [LOGGER_SPEC],
  },
  {
    name: 'numbers are logged',
    file: REDACTION,
    from: "line.replace(PHONE_NUMBER, '+\u2026').replace",
    to: 'line.replace',
    specs: [LOGGER_SPEC],
  },
  {
    name: 'anybody’s caller id is believed',
    file: 'libs/core/dialogue/src/caller-id-trust.ts',
    from: "(trust === 'attested' && call.attestation === 'full')",
    to: "trust === 'attested'",
    specs: ['libs/core/dialogue/src/caller-id-trust.spec.ts'],
  },
  {
    name: 'a linked person reads what the other side said before the link',
    file: 'apps/agent-orchestrator/src/turns/adapters/postgres-lanes.ts',
    from: 'WHERE conversation_id = lane.conversation_id AND seq > open.seen_after',
    to: 'WHERE conversation_id = lane.conversation_id',
    specs: [LINK_SPEC],
  },
  {
    name: 'a link lasts for ever',
    file: 'apps/agent-orchestrator/src/conversations/adapters/threads.ts',
    from: 'AND (${IS_LINK_IDLE}) IS NOT TRUE',
    to: '',
    specs: [LINK_SPEC],
  },
];
