import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { connectMessaging } from '@parley/messaging';
import { registerTwilioFormParser } from '@parley/twilio';
import { ApiModule } from './api/api.module.js';
import { openApiOf } from './api/openapi/openapi.js';
import { ChatWsAdapter } from './web-chat/sockets/adapters/chat-ws-adapter.js';
import { WebChatModule } from './web-chat/web-chat.module.js';

/** Sets up the form parser, web chat's sockets, messaging and the OpenAPI document, before the application is initialised. */
export function configureGateway(app: NestFastifyApplication): void {
  registerTwilioFormParser(app);
  app.useWebSocketAdapter(new ChatWsAdapter(app));
  connectMessaging(app);
  // Created at the first request, because it would take a tenth of the start-up time.
  let document: OpenAPIObject | undefined;
  app
    .getHttpAdapter()
    .getInstance()
    .get('/v1/openapi.json', () => (document ??= openApiOf(app, [ApiModule, WebChatModule])));
}
