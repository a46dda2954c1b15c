import type { z } from 'zod';
import type { ServiceName } from './services.js';

/**
 * A message on core NATS that is worthless when late: `live.<name>.v<version>.<key>`. It is lost if no
 * service listens, so no work may depend on its arrival.
 */
export interface LiveContract<S extends z.ZodObject = z.ZodObject> {
  readonly kind: 'live';
  /** `<aggregate>.<word>`. */
  readonly name: string;
  readonly version: number;
  readonly schema: S;
  readonly keyField: string;
  readonly publishedBy: ServiceName | undefined;
  readonly consumer: ServiceName | undefined;
  /** Whether every replica of the listening service receives the message, or one of them. */
  readonly receivedBy: 'every-replica' | 'one-replica';
  readonly summary: string;
  readonly example: z.input<S>;
}

/** The data of a live message, as its handlers receive it. */
export type LiveDataOf<C extends { schema: z.ZodType }> = z.output<C['schema']>;

/** Defines a live message. */
export function defineLive<S extends z.ZodObject>(
  name: `${string}.${string}`,
  version: number,
  schema: S,
  options: {
    summary: string;
    key: keyof z.output<S> & string;
    publishedBy?: ServiceName;
    consumer?: ServiceName;
    receivedBy: LiveContract['receivedBy'];
    example: z.input<S>;
  },
): LiveContract<S> {
  const { key: keyField, publishedBy, consumer, receivedBy, summary, example } = options;
  return {
    kind: 'live',
    name,
    version,
    schema,
    keyField,
    publishedBy,
    consumer,
    receivedBy,
    summary,
    example,
  };
}

/**
 * A live request on core NATS. One replica answers with chunks and then an end. The subject has the form of a
 * live message's subject.
 */
export interface LiveRequestContract<
  I extends z.ZodObject = z.ZodObject,
  C extends z.ZodType = z.ZodType,
  E extends z.ZodType = z.ZodType,
> {
  readonly kind: 'live';
  readonly name: string;
  readonly version: number;
  readonly askedBy: readonly ServiceName[];
  readonly answeredBy: ServiceName;
  readonly keyField: string;
  readonly input: I;
  readonly chunk: C;
  readonly end: E;
  readonly summary: string;
  readonly exampleInput: z.input<I>;
  readonly exampleChunk: z.input<C>;
  readonly exampleEnd: z.input<E>;
}

/** Defines a live request and its streamed answer. */
export function defineLiveRequest<I extends z.ZodObject, C extends z.ZodType, E extends z.ZodType>(
  name: `${string}.${string}`,
  version: number,
  shape: {
    key: keyof z.output<I> & string;
    askedBy?: readonly ServiceName[];
    answeredBy: ServiceName;
    input: I;
    chunk: C;
    end: E;
    summary: string;
    exampleInput: z.input<I>;
    exampleChunk: z.input<C>;
    exampleEnd: z.input<E>;
  },
): LiveRequestContract<I, C, E> {
  const { key: keyField, ...rest } = shape;
  return { kind: 'live', name, version, keyField, askedBy: [], ...rest };
}
