import { CreateGateway1767225700000 } from './1767225700000-create-gateway.js';
import { IndexEarlyMessages1767225700001 } from './1767225700001-index-early-messages.js';
import { CarrierBlocks1767312000000 } from './1767312000000-carrier-blocks.js';
import { ThreadPace1767312060000 } from './1767312060000-thread-pace.js';
import { AgentTexts1767484800000 } from './1767484800000-agent-texts.js';
import { WebChat1767657600000 } from './1767657600000-web-chat.js';
import { SendCodes1767744000000 } from './1767744000000-send-codes.js';

/** The gateway's migrations, oldest first. */
export const migrations = [
  CreateGateway1767225700000,
  IndexEarlyMessages1767225700001,
  CarrierBlocks1767312000000,
  ThreadPace1767312060000,
  AgentTexts1767484800000,
  WebChat1767657600000,
  SendCodes1767744000000,
];
