export * from './answer.js';
export * from './apology.js';
export * from './burst.js';
export * from './caller-id-trust.js';
export * from './channel-facts.js';
export * from './context.js';
export * from './message-status.js';
export * from './storable-text.js';
