import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connectMessaging } from '@parley/messaging';
import { registerTwilioFormParser } from '@parley/twilio';
import { MediaWsAdapter } from './media/adapters/media-ws-adapter.js';

/** Prepares the application: form parser, media sockets, NATS requests. */
export function configureVoice(app: NestFastifyApplication): void {
  registerTwilioFormParser(app);
  app.useWebSocketAdapter(new MediaWsAdapter(app));
  connectMessaging(app);
}
