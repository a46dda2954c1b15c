import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connectMessaging } from '@parley/messaging';
import { registerTwilioFormParser } from '@parley/twilio';
import { openApiOf } from './rest/openapi.js';

/** What the application needs before it is initialised: how forms are read, who handles commands, what describes us. */
export function configureGateway(app: NestFastifyApplication): void {
  registerTwilioFormParser(app);
  connectMessaging(app);
  const document = openApiOf(app);
  app
    .getHttpAdapter()
    .getInstance()
    .get('/v1/openapi.json', () => document);
}
