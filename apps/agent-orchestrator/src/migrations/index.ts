import { ConversationLog1767225700000 } from './1767225700000-conversation-log.js';
import { ConversationFlag1767312000000 } from './1767312000000-conversation-flag.js';
import { MessageMedia1767398400000 } from './1767398400000-message-media.js';
import { AgentTexts1767484800000 } from './1767484800000-agent-texts.js';
import { ThreadChannel1767571200000 } from './1767571200000-thread-channel.js';
import { WebUsers1767657600000 } from './1767657600000-web-users.js';
import { ContactLinks1767744000000 } from './1767744000000-contact-links.js';
import { PendingVerifications1767830400000 } from './1767830400000-pending-verifications.js';

/** All migrations of the schema `orchestrator`, oldest first. */
export const migrations = [
  ConversationLog1767225700000,
  ConversationFlag1767312000000,
  MessageMedia1767398400000,
  AgentTexts1767484800000,
  ThreadChannel1767571200000,
  WebUsers1767657600000,
  ContactLinks1767744000000,
  PendingVerifications1767830400000,
];
