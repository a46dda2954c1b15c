import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { catalogue, liveMessages, liveRequests, requests } from './catalogue.js';
import { rpcSubjectOf, typeOf } from './subjects.js';

/**
 * The contracts that other releases and foreign services already use. The test fails for a change that one of
 * them could not read. `PARLEY_RELEASE_CONTRACTS=1 npx vitest run libs/contracts` adds new contracts; it
 * never changes a version in a breaking way: add a new `vN` beside the old one instead.
 */
const RELEASED_FILE = new URL('../released.json', import.meta.url);

interface JsonObjectSchema {
  properties?: Record<string, unknown>;
  required?: string[];
}
interface Release {
  key?: string;
  secrets?: readonly string[];
  schema: JsonObjectSchema;
  example: unknown;
}

const current = new Map<string, Release & { parse: (data: unknown) => unknown }>();
for (const contract of catalogue) {
  current.set(typeOf(contract), {
    key: contract.keyField,
    secrets: contract.secretFields,
    schema: jsonSchemaOf(contract.schema),
    example: contract.example,
    parse: (data) => contract.schema.parse(data),
  });
}
for (const request of requests) {
  const name = rpcSubjectOf(request);
  current.set(`${name} input`, {
    schema: jsonSchemaOf(request.input, 'input'),
    example: request.exampleInput,
    parse: (data) => request.input.parse(data),
  });
  current.set(`${name} output`, {
    schema: jsonSchemaOf(request.output),
    example: request.exampleOutput,
    parse: (data) => request.output.parse(data),
  });
}

for (const contract of liveMessages) {
  current.set(typeOf(contract), {
    key: contract.keyField,
    schema: jsonSchemaOf(contract.schema),
    example: contract.example,
    parse: (data) => contract.schema.parse(data),
  });
}
for (const request of liveRequests) {
  const parts = [
    ['input', request.input, request.exampleInput],
    ['chunk', request.chunk, request.exampleChunk],
    ['end', request.end, request.exampleEnd],
  ] as const;
  for (const [part, schema, example] of parts) {
    current.set(`${typeOf(request)} ${part}`, {
      schema: jsonSchemaOf(schema),
      example,
      parse: (data) => schema.parse(data),
    });
  }
}

const released = existsSync(RELEASED_FILE)
  ? (JSON.parse(readFileSync(RELEASED_FILE, 'utf8')) as Record<string, Release>)
  : {};

if (process.env.PARLEY_RELEASE_CONTRACTS === '1') {
  const compatible = Object.entries(released).every(
    ([name, release]) => breakingChanges(name, release).length === 0,
  );
  if (compatible) {
    const next = [...current].map(([name, { parse: _parse, ...release }]) => [name, release]);
    writeFileSync(
      RELEASED_FILE,
      `${JSON.stringify({ ...released, ...Object.fromEntries(next) }, null, 2)}\n`,
    );
  }
}

describe('released contracts', () => {
  it.each(Object.entries(released))(
    'the contract %s is compatible with its released version',
    (name, release) => {
      expect(breakingChanges(name, release)).toEqual([]);
    },
  );

  it('released.json contains every contract of the catalogue', () => {
    const recorded = JSON.parse(readFileSync(RELEASED_FILE, 'utf8')) as Record<string, Release>;
    for (const [name, { schema, example }] of current)
      expect(recorded[name]).toMatchObject({ schema, example });
  });
});

describe('the check of released contracts', () => {
  const before = {
    type: 'object',
    properties: { id: { type: 'string' }, note: { type: 'string' }, side: { enum: ['a', 'b'] } },
    required: ['id'],
  };

  it('the check of released contracts accepts a new optional field', () => {
    const wider = { ...before, properties: { ...before.properties, more: { type: 'number' } } };
    expect(schemaChanges(before, wider)).toEqual([]);
  });

  it('the check of released contracts accepts a new secret field, and refuses to make a field secret or public', () => {
    const release = { schema: before, example: undefined };
    expect(secretsKnownTo(release, { ...release, secrets: ['note', 'more'] })).toEqual(['note']);
    expect(secretsKnownTo(release, { ...release, secrets: ['more'] })).toEqual([]);
  });

  it.each([
    ['a removed field', { ...before, properties: { id: { type: 'string' }, side: { enum: ['a', 'b'] } } }],
    [
      'a field of another type',
      { ...before, properties: { ...before.properties, note: { type: 'number' } } },
    ],
    ['an optional field made required', { ...before, required: ['id', 'note'] }],
    ['a required field made optional', { ...before, required: [] }],
    [
      'a closed enum that grew',
      { ...before, properties: { ...before.properties, side: { enum: ['a', 'b', 'c'] } } },
    ],
  ])('the check of released contracts reports %s', (_change, schema) => {
    expect(schemaChanges(before, schema)).toHaveLength(1);
  });
});

function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): JsonObjectSchema {
  return JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io }))) as JsonObjectSchema;
}

function breakingChanges(name: string, release: Release): string[] {
  const now = current.get(name);
  if (!now) return [`${name} was removed`];
  const changes = schemaChanges(release.schema, now.schema);
  if (release.key !== now.key) changes.push(`its key is ${now.key}, was ${release.key}`);
  if (!isDeepStrictEqual(release.secrets, secretsKnownTo(release, now)))
    changes.push('other fields are secret');
  try {
    now.parse(release.example);
  } catch (error) {
    changes.push(`the released example is refused: ${String(error)}`);
  }
  return changes;
}

/** A new field may be secret, because a consumer that does not know the field does not read it. */
function secretsKnownTo({ schema }: Release, { secrets }: Release): readonly string[] | undefined {
  return secrets?.filter((field) => field in (schema.properties ?? {}));
}

/**
 * Returns the changes that are not allowed within a version. Allowed are new values of an open enum, which consumers read as
 * `unknown`, and new optional fields.
 */
function schemaChanges(before: unknown, after: unknown, path = 'it'): string[] {
  if (!isObject(before) || !isObject(after))
    return isDeepStrictEqual(before, after) ? [] : [`${path} changed`];
  const keywords = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keywords].flatMap((keyword) => {
    const [was, is] = [before[keyword], after[keyword]];
    if (keyword === 'enum') return enumChanges(was, is, path);
    if (keyword === 'properties') return fieldChanges(before, after, path);
    if (keyword === 'required') return [];
    return schemaChanges(was, is, `${path}.${keyword}`);
  });
}

function fieldChanges(before: JsonObjectSchema, after: JsonObjectSchema, path: string): string[] {
  const { properties: was = {}, required: wasRequired = [] } = before;
  const { properties: is = {}, required: isRequired = [] } = after;
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((field) => {
    const name = `${path}.${field}`;
    if (!(field in is)) return [`${name} was removed`];
    if (!(field in was)) return isRequired.includes(field) ? [`${name} is new and required`] : [];
    if (wasRequired.includes(field) !== isRequired.includes(field)) {
      return [`${name} changed between required and optional`];
    }
    return schemaChanges(was[field], is[field], name);
  });
}

function enumChanges(before: unknown, after: unknown, path: string): string[] {
  if (!Array.isArray(before) || !Array.isArray(after)) return [`${path} changed`];
  const kept = before.every((value) => after.includes(value));
  const mayGrow = before.includes('unknown');
  return kept && (mayGrow || after.length === before.length) ? [] : [`${path} changed`];
}

/** Returns whether the value is an object, or an array, whose keys are its positions. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
