import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { connectMessaging } from '@parley/messaging';
import { PublicUrls, registerTwilioFormParser } from '@parley/twilio';
import { ApiModule } from './api/api.module.js';
import { openApiOf } from './api/openapi/openapi.js';
import { asyncApiOf } from './web-chat/asyncapi.js';
import { ChatWsAdapter } from './web-chat/sockets/adapters/chat-ws-adapter.js';
import { WebChatModule } from './web-chat/web-chat.module.js';

/** Sets up the form parser, web chat's sockets, messaging and the API's documents, before the application is initialised. */
export function configureGateway(app: NestFastifyApplication): void {
  registerTwilioFormParser(app);
  app.useWebSocketAdapter(new ChatWsAdapter(app));
  connectMessaging(app);
  // Created at the first request, because it would take a tenth of the start-up time.
  let document: OpenAPIObject | undefined;
  const server: FastifyInstance = app.getHttpAdapter().getInstance();
  server.get('/v1/openapi.json', () => (document ??= openApiOf(app, [ApiModule, WebChatModule])));
  server.get('/v1/asyncapi.json', () => asyncApiOf(app.get(PublicUrls).base));
}
