import { ConversationLog1767225700000 } from './1767225700000-conversation-log.js';

/** The schema `orchestrator`, in the order it was made. */
export const migrations = [ConversationLog1767225700000];
