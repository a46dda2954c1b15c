export * from './delivery-status.js';
export * from './inbound-sms.js';
export * from './opt-out-words.js';
export * from './reply-parts.js';
export * from './send-error.js';
export * from './send-outcome.js';
export * from './sms-segments.js';
export * from './unknown-send.js';
