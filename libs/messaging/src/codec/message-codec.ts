import { subjectOf, typeOf, type Contract, type DataOf } from '@parley/contracts';
import type { DataKeys } from '@parley/encryption';
import { PoisonMessageError } from '@parley/resilience';
import { ContractViolationError } from '../errors.js';
import type { EncodedMessage, Envelope, MessageHeaders } from './envelope.js';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.js';
import { checkStrictly } from './strict-parse.js';

/** The metadata that the producer adds to a message's data. */
export interface EncodeOptions {
  readonly id: string;
  /** `/parley/<service>`, see `sourceOf`. */
  readonly source: string;
  /** The time of the event, ISO 8601. */
  readonly time: string;
  /** CloudEvents extension attributes: lower-case letters and digits only. */
  readonly extensions?: Readonly<Record<string, string>>;
  /** W3C trace context; an invalid one is left out. */
  readonly traceparent?: string;
}

const SPEC_VERSION = '1.0';
const JSON_TYPE = 'application/json';
const EXTENSION_NAME = /^[a-z0-9]{1,20}$/;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const CORE_ATTRIBUTES = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'time',
  'subject',
  'datacontenttype',
  'dataschema',
]);

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Returns the CloudEvents source of a service. */
export function sourceOf(service: string): string {
  return `/parley/${service}`;
}

/**
 * Encodes and decodes messages as CloudEvents 1.0 in the NATS binding's binary mode: attributes in `ce-` headers,
 * JSON data as payload. Secret fields are sealed, each bound to its event's id and its own name.
 */
export class MessageCodec {
  readonly #keys: DataKeys;

  constructor(keys: DataKeys) {
    this.#keys = keys;
  }

  /** @throws ContractViolationError when the data do not match the contract exactly */
  encode<C extends Contract>(contract: C, data: DataOf<C>, options: EncodeOptions): EncodedMessage {
    const type = typeOf(contract);
    checkStrictly(contract.schema, data, type);
    const fields = data as Record<string, unknown>;
    const key = fields[contract.keyField] as string;
    const headers: Record<string, string> = {
      'ce-specversion': SPEC_VERSION,
      'ce-id': encodeHeaderValue(options.id),
      'ce-source': encodeHeaderValue(options.source),
      'ce-type': type,
      'ce-time': encodeHeaderValue(options.time),
      'ce-subject': encodeHeaderValue(key),
      'ce-datacontenttype': JSON_TYPE,
    };
    for (const [name, value] of Object.entries(options.extensions ?? {})) {
      if (!EXTENSION_NAME.test(name) || CORE_ATTRIBUTES.has(name)) {
        throw new ContractViolationError(
          `"${name}" cannot name a CloudEvents extension; use 1 to 20 lower-case letters or digits, not an attribute's name`,
        );
      }
      headers[`ce-${name}`] = encodeHeaderValue(value);
    }
    if (options.traceparent !== undefined && TRACEPARENT.test(options.traceparent)) {
      headers['traceparent'] = options.traceparent;
    }
    const sealed = contract.secretFields.length > 0 ? this.#seal(contract, fields, options.id) : fields;
    return {
      id: options.id,
      subject: subjectOf(contract, key),
      key,
      headers,
      payload: Buffer.from(JSON.stringify(sealed)),
    };
  }

  /** @throws PoisonMessageError when the message does not match this contract, or cannot be decrypted */
  decode<C extends Contract>(
    contract: C,
    message: { subject: string; headers: MessageHeaders; payload: Uint8Array },
  ): { envelope: Envelope; data: DataOf<C> } {
    const envelope = readEnvelope(message.subject, message.headers);
    if (envelope.type !== typeOf(contract)) {
      throw new PoisonMessageError(
        `The message has the type "${envelope.type}" instead of ${typeOf(contract)}`,
      );
    }
    const fields = readJsonObject(message.payload);
    this.#open(contract, fields, envelope.id);
    const parsed = contract.schema.safeParse(fields);
    if (!parsed.success) {
      const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.code}`);
      throw new PoisonMessageError(
        `The data do not match the contract ${envelope.type}: ${wrong.join(', ')}`,
      );
    }
    return { envelope, data: parsed.data as DataOf<C> };
  }

  #seal(contract: Contract, fields: Record<string, unknown>, id: string): Record<string, unknown> {
    const sealed = { ...fields };
    for (const field of contract.secretFields) {
      if (sealed[field] !== undefined) {
        sealed[field] = this.#keys.encrypt(JSON.stringify(sealed[field]), associatedData(id, field));
      }
    }
    return sealed;
  }

  #open(contract: Contract, fields: Record<string, unknown>, id: string): void {
    for (const field of contract.secretFields) {
      const sealed = fields[field];
      if (sealed === undefined) continue;
      if (typeof sealed !== 'string')
        throw new PoisonMessageError(`The secret field "${field}" is not encrypted`);
      try {
        fields[field] = JSON.parse(this.#keys.decrypt(sealed, associatedData(id, field)));
      } catch (cause) {
        throw new PoisonMessageError(`The secret field "${field}" cannot be decrypted`, { cause });
      }
    }
  }
}

function associatedData(eventId: string, field: string): string {
  return `${eventId}:${field}`;
}

function readEnvelope(subject: string, headers: MessageHeaders): Envelope {
  const attributes: Record<string, string> = {};
  const extensions: Record<string, string> = {};
  let traceparent: string | undefined;
  for (const [header, value] of Object.entries(headers)) {
    const name = header.toLowerCase();
    if (name.startsWith('ce-')) {
      const attribute = name.slice(3);
      (CORE_ATTRIBUTES.has(attribute) ? attributes : extensions)[attribute] = readHeader(name, value);
    } else if (name === 'traceparent') {
      traceparent = value;
    } else if (name === 'content-type' && value.toLowerCase().startsWith('application/cloudevents')) {
      throw new PoisonMessageError('The message is a CloudEvent in structured mode; send it in binary mode');
    }
  }
  const { specversion, id, source, type, time, datacontenttype } = attributes;
  if (specversion !== SPEC_VERSION) throw new PoisonMessageError('The message is not a CloudEvent 1.0');
  if (!id || !source || !type) throw new PoisonMessageError('The message lacks ce-id, ce-source or ce-type');
  if (!time || Number.isNaN(Date.parse(time)))
    throw new PoisonMessageError('The message has no valid ce-time');
  if (datacontenttype !== undefined && !/^application\/json\s*(;|$)/i.test(datacontenttype)) {
    throw new PoisonMessageError(
      `The data have the content type "${datacontenttype}" instead of ${JSON_TYPE}`,
    );
  }
  const key = subject.slice(subject.lastIndexOf('.') + 1);
  return {
    id,
    source,
    type,
    time,
    subject,
    key,
    ...(traceparent !== undefined && { traceparent }),
    extensions,
  };
}

function readHeader(name: string, value: string): string {
  try {
    return decodeHeaderValue(value);
  } catch (cause) {
    throw new PoisonMessageError(`The header ${name} is not percent-encoded UTF-8`, { cause });
  }
}

function readJsonObject(payload: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(payload));
  } catch (cause) {
    throw new PoisonMessageError('The data are not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PoisonMessageError('The data are not a JSON object');
  }
  return value as Record<string, unknown>;
}
