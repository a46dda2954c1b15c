import { randomBytes } from 'node:crypto';
import { catalogue, SendSms, SmsReceived, SmsStatusChanged, type Contract } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import { PoisonMessageError } from '@parley/resilience';
import { describe, expect, it } from 'vitest';
import { ContractViolationError } from '../errors.js';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.js';
import { MessageCodec, sourceOf, type EncodeOptions } from './message-codec.js';

const newKeys = () => DataKeys.parse(`k1:${randomBytes(32).toString('base64')}`);
const codec = new MessageCodec(newKeys());
const options: EncodeOptions = {
  id: 'evt_01k9wm3v7hq2b8yjr5xet6c4dn',
  source: sourceOf('sms-gateway'),
  time: '2026-01-02T03:04:05.678Z',
};
const received: SmsReceived = SmsReceived.schema.parse(SmsReceived.example);
const statusChanged: SmsStatusChanged = SmsStatusChanged.schema.parse(SmsStatusChanged.example);

describe('a message on the wire', () => {
  it('a message on the wire is a CloudEvent 1.0 in binary mode', () => {
    const { subject, headers, payload } = codec.encode(SmsStatusChanged, statusChanged, {
      ...options,
      extensions: { conversationsequence: '7' },
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    expect(subject).toBe('int.sms.status-changed.v1.thr_01k9wm3v7hq2b8yjr5xet6c4dn');
    expect(headers).toEqual({
      'ce-specversion': '1.0',
      'ce-id': 'evt_01k9wm3v7hq2b8yjr5xet6c4dn',
      'ce-source': '/parley/sms-gateway',
      'ce-type': 'int.sms.status-changed.v1',
      'ce-time': '2026-01-02T03:04:05.678Z',
      'ce-subject': 'thr_01k9wm3v7hq2b8yjr5xet6c4dn',
      'ce-datacontenttype': 'application/json',
      'ce-conversationsequence': '7',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual(SmsStatusChanged.example);
  });

  it.each(catalogue.map((contract): [string, Contract] => [contract.name, contract]))(
    'decoding an encoded message %s returns its data',
    (_name, contract) => {
      const data = contract.schema.parse(contract.example);
      const decoded = codec.decode(contract, codec.encode(contract, data, options));
      expect(decoded.data).toEqual(data);
      expect(decoded.envelope.id).toBe(options.id);
    },
  );

  it('a secret field is sealed on the wire, and can be opened only in its own event and field', () => {
    const encoded = codec.encode(SmsReceived, received, options);
    const wire = Buffer.from(encoded.payload).toString();
    expect(wire).not.toContain(SmsReceived.example.text);
    expect(wire).not.toContain('15550100001');
    const moved = { ...encoded, headers: { ...encoded.headers, 'ce-id': 'evt_another' } };
    expect(() => codec.decode(SmsReceived, moved)).toThrow(PoisonMessageError);
    const { from, text, ...rest } = JSON.parse(wire);
    const swapped = Buffer.from(JSON.stringify({ ...rest, from: text, text: from }));
    expect(() => codec.decode(SmsReceived, { ...encoded, payload: swapped })).toThrow(PoisonMessageError);
    expect(() => new MessageCodec(newKeys()).decode(SmsReceived, encoded)).toThrow(PoisonMessageError);
  });
});

describe('encoding', () => {
  it.each([
    ['an unknown field', { ...statusChanged, colour: 'red' }],
    ['an enum value that its schema does not know', { ...statusChanged, status: 'teleported' }],
    ['a missing field', { ...statusChanged, sendId: undefined }],
  ])('the codec refuses to encode %s', (_what, data) => {
    expect(() => codec.encode(SmsStatusChanged, data as SmsStatusChanged, options)).toThrow(
      ContractViolationError,
    );
  });

  it('the error of an invalid outgoing message names the field and not its value', () => {
    const data = { ...received, from: 'tel:5550100' } as unknown as SmsReceived;
    expect(() => codec.encode(SmsReceived, data, options)).toThrow(/from/);
    expect(() => codec.encode(SmsReceived, data, options)).not.toThrow(/5550100/);
  });

  it('the codec refuses an extension with a hyphen in its name, or with the name of an attribute', () => {
    for (const name of ['conversation-sequence', 'id']) {
      const withExtension = { ...options, extensions: { [name]: '1' } };
      expect(() => codec.encode(SmsStatusChanged, statusChanged, withExtension)).toThrow(
        ContractViolationError,
      );
    }
  });
});

describe('decoding', () => {
  const encoded = codec.encode(SmsStatusChanged, statusChanged, options);
  const decodeWith = (headers: Record<string, string>, payload: string | Uint8Array = encoded.payload) =>
    codec.decode(SmsStatusChanged, {
      subject: encoded.subject,
      headers: { ...encoded.headers, ...headers },
      payload: Buffer.from(payload),
    });

  it('the codec decodes messages with unknown fields and enum values', () => {
    const newer = JSON.stringify({ ...statusChanged, status: 'teleported', colour: 'red' });
    expect(decodeWith({}, newer).data).toEqual({ ...statusChanged, status: 'unknown' });
  });

  it('the codec accepts header names in another case, unknown extensions and a charset', () => {
    const { 'ce-id': id = '', ...rest } = encoded.headers;
    const { envelope } = codec.decode(SmsStatusChanged, {
      ...encoded,
      headers: {
        ...rest,
        'CE-Id': id,
        'ce-datacontenttype': 'application/json; charset=utf-8',
        'ce-new': 'x',
      },
    });
    expect(envelope).toMatchObject({ id, key: statusChanged.threadId, extensions: { new: 'x' } });
  });

  it.each<[string, Record<string, string>, (string | Uint8Array)?]>([
    ['another version of CloudEvents', { 'ce-specversion': '0.3' }],
    ['structured mode', { 'Content-Type': 'application/cloudevents+json' }],
    ['no id', { 'ce-id': '' }],
    ['another type', { 'ce-type': 'int.sms.received.v1' }],
    ['an invalid time', { 'ce-time': 'yesterday' }],
    ['a header that is not UTF-8', { 'ce-source': '%C0%A0' }],
    ['another content type', { 'ce-datacontenttype': 'text/plain' }],
    ['data that are not JSON', {}, 'hello'],
    ['data that are not UTF-8', {}, Uint8Array.of(0x22, 0xc0, 0xa0, 0x22)],
    ['data that are not an object', {}, '[]'],
    ['data without a required field', {}, '{}'],
  ])('the codec refuses a message with %s', (_what, headers, payload) => {
    expect(() => decodeWith(headers, payload)).toThrow(PoisonMessageError);
  });

  it('the codec refuses a secret field that was not sealed', () => {
    const command = codec.encode(SendSms, SendSms.schema.parse(SendSms.example), options);
    const open = Buffer.from(JSON.stringify(SendSms.example));
    expect(() => codec.decode(SendSms, { ...command, payload: open })).toThrow(PoisonMessageError);
  });
});

describe('a header value', () => {
  it.each([
    ['Euro € 😀', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
    ['100% "sure"', '100%25%20%22sure%22'],
    ['a\r\nb', 'a%0D%0Ab'],
    ['/parley/sms-gateway', '/parley/sms-gateway'],
  ])('the header value %j is encoded as %s', (value, header) => {
    expect(encodeHeaderValue(value)).toBe(header);
    expect(decodeHeaderValue(header)).toBe(value);
  });

  it.each([
    ['"Euro \\"x\\""', 'Euro "x"'],
    ['%41%e2%82%ac', 'A€'],
  ])('the header value %s is decoded as %s', (header, value) => {
    expect(decodeHeaderValue(header)).toBe(value);
  });
});
