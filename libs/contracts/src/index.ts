export * from './access.js';
export * from './agents/agent-changed.js';
export * from './agents/agent-requests.js';
export {
  AgentSettings,
  AgentTexts,
  AgentVoice,
  ENGLISH_VOICE_SETTINGS,
  defaultAgentTexts,
  defaultVoiceSettings,
} from './agents/agent-settings.js';
export * from './agents/default-texts.js';
export * from './catalogue.js';
export * from './conversations/append-message.js';
export * from './conversations/contact-events.js';
export * from './conversations/conversation-events.js';
export * from './conversations/conversation-requests.js';
export * from './conversations/event-log.js';
export * from './conversations/message-events.js';
export * from './conversations/turn-events.js';
export * from './dead-letters.js';
export * from './define-live.js';
export * from './define.js';
export * from './fields.js';
export * from './inbox-missing.js';
export * from './pages.js';
export { secret } from './secret.js';
export * from './services.js';
export * from './sms/consent-changed.js';
export * from './sms/sms-loop-detected.js';
export * from './sms/send-sms.js';
export * from './sms/inbound-media.js';
export * from './sms/sms-received.js';
export * from './sms/sms-status-changed.js';
export * from './sms/texting-requests.js';
export * from './streams.js';
export * from './subjects.js';
export * from './verification/code-status-changed.js';
export * from './verification/send-code.js';
export * from './verification/verification-changed.js';
export * from './verification/verification-events.js';
export * from './verification/verification-requests.js';
export * from './verification/verification.js';
export * from './voice/call-events.js';
export * from './voice/call-facts.js';
export * from './voice/call-requests.js';
export { CallDirection, CallerAttestation, CallOrigin } from './voice/call.js';
export * from './voice/turn-record.js';
export * from './voice/voice-turn.js';
export * from './web/chat-progress.js';
export * from './web/chat-requests.js';
export * from './web/web-message-received.js';
