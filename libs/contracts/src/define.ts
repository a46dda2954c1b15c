import { z } from 'zod';
import { secretFieldsOf } from './secret.js';
import type { ServiceName } from './services.js';

/** The kinds of durable messages, as the first token of a subject: events, facts, commands. */
export type DurableKind = 'evt' | 'int' | 'cmd';

export interface ContractOptions<S extends z.ZodObject> {
  /** One sentence for the documentation that says what happened or what is requested. */
  readonly summary: string;
  /** The field whose id is the ordering key of these messages and ends their subject. */
  readonly key: keyof z.output<S> & string;
  /** The only service that publishes the message; for events always the orchestrator. */
  readonly publishedBy?: ServiceName;
  /** Our own services that handle the message, each through a durable consumer. Foreign subscribers are not listed. */
  readonly consumers?: readonly ServiceName[];
  /**
   * Our own services that subscribe to an event without a durable consumer, and so miss events while they are
   * not subscribed.
   */
  readonly watchedBy?: readonly ServiceName[];
  /** How old a message may be, in milliseconds, for a consumer to act on it. A consumer only records older messages. */
  readonly actWithinMs?: number;
  /** A complete, valid message. The documentation shows it, and the previous release must be able to read it. */
  readonly example: z.input<S>;
}

/** A durable message, with the subject `<kind>.<name>.v<version>.<key>`. */
export interface Contract<K extends DurableKind = DurableKind, S extends z.ZodObject = z.ZodObject> {
  readonly kind: K;
  /** `<aggregate>.<fact>`, a fact of several words hyphenated. */
  readonly name: string;
  readonly version: number;
  readonly schema: S;
  readonly keyField: string;
  readonly publishedBy: ServiceName | undefined;
  readonly consumers: readonly ServiceName[];
  readonly watchedBy: readonly ServiceName[];
  readonly actWithinMs: number | undefined;
  readonly secretFields: readonly string[];
  readonly summary: string;
  readonly example: z.input<S>;
}

/** The data of a contract, as its handlers receive it. */
export type DataOf<C extends { schema: z.ZodType }> = z.output<C['schema']>;

/** A public event: `evt.`. Only the orchestrator publishes events. */
export const defineEvent = defineDurable('evt');
/** A fact between our own services: `int.`. */
export const defineFact = defineDurable('int');
/** A command to one of our services: `cmd.`. */
export const defineCommand = defineDurable('cmd');

function defineDurable<K extends DurableKind>(kind: K) {
  return <S extends z.ZodObject>(
    name: string,
    version: number,
    schema: S,
    options: ContractOptions<S>,
  ): Contract<K, S> => ({
    kind,
    name,
    version,
    schema,
    keyField: options.key,
    publishedBy: kind === 'evt' ? 'agent-orchestrator' : options.publishedBy,
    consumers: options.consumers ?? [],
    watchedBy: options.watchedBy ?? [],
    actWithinMs: options.actWithinMs,
    secretFields: secretFieldsOf(schema),
    summary: options.summary,
    example: options.example,
  });
}

/** A request with one answer: `rpc.<service>.<operation>.v<version>` over core NATS. */
export interface RequestContract<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'rpc';
  /** The service that answers, as in the subject's second token. */
  readonly service: string;
  readonly operation: string;
  readonly version: number;
  readonly askedBy: readonly ServiceName[];
  readonly input: I;
  readonly output: O;
  readonly summary: string;
  readonly exampleInput: z.input<I>;
  readonly exampleOutput: z.input<O>;
}

/** Defines a request and its answer. */
export function defineRequest<I extends z.ZodType, O extends z.ZodType>(
  subject: `${string}.${string}`,
  version: number,
  shape: {
    askedBy?: readonly ServiceName[];
    input: I;
    output: O;
    summary: string;
    exampleInput: z.input<I>;
    exampleOutput: z.input<O>;
  },
): RequestContract<I, O> {
  const [service, operation] = subject.split('.') as [string, string];
  return { kind: 'rpc', service, operation, version, askedBy: [], ...shape };
}
