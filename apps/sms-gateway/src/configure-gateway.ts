import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { connectMessaging } from '@parley/messaging';
import { registerTwilioFormParser } from '@parley/twilio';
import { openApiOf } from './api/openapi/openapi.js';

/** What the application needs before it is initialised: how forms are read, who handles commands, what describes us. */
export function configureGateway(app: NestFastifyApplication): void {
  registerTwilioFormParser(app);
  connectMessaging(app);
  // When it is first asked for: making it takes a tenth of the start.
  let document: OpenAPIObject | undefined;
  app
    .getHttpAdapter()
    .getInstance()
    .get('/v1/openapi.json', () => (document ??= openApiOf(app)));
}
