import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { connectMessaging } from '@parley/messaging';
import { registerTwilioFormParser } from '@parley/twilio';
import { openApiOf } from './api/openapi/openapi.js';

/** Sets up the form parser, messaging and the OpenAPI document, before the application is initialised. */
export function configureGateway(app: NestFastifyApplication): void {
  registerTwilioFormParser(app);
  connectMessaging(app);
  // Created at the first request, because it would take a tenth of the start-up time.
  let document: OpenAPIObject | undefined;
  app
    .getHttpAdapter()
    .getInstance()
    .get('/v1/openapi.json', () => (document ??= openApiOf(app)));
}
