import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { PublicUrls } from '@parley/twilio';
import { z } from 'zod';
import { withProblems } from './openapi-problems.js';

/** Describes the REST API (OpenAPI 3.1) from the controllers of these modules and their schemas. */
export function openApiOf(app: NestFastifyApplication, modules: readonly Type[]): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('Parley')
    .setDescription(
      'One conversation between your AI agents and a person, over SMS, phone calls and web chat.',
    )
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addServer(app.get(PublicUrls).base)
    // Nest's addBearerAuth would describe the key as a JWT.
    .addSecurity('bearer', { type: 'http', scheme: 'bearer', description: 'An API key' })
    .build();
  const document = SwaggerModule.createDocument(app, description, {
    include: [...modules],
    operationIdFactory: (_controller, method) => method,
    standardSchemaConverter: (schema, { schemaType }) =>
      schema instanceof z.ZodType ? { schema: jsonSchemaOf(schema, schemaType) } : undefined,
  });
  return withProblems(document);
}

function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return jsonSchema;
}
