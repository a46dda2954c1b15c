import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createLogger, nestLogger } from './service-logger.js';

const NUMBER = '+15550100001';
const TEXT = 'a text that only two people know';
const CODE = '493817';

function recorded(LOG_FORMAT: 'json' | 'pretty' = 'json') {
  const lines: string[] = [];
  const logger = createLogger(
    'a-service',
    { LOG_LEVEL: 'info', LOG_FORMAT },
    { write: (line) => lines.push(line) },
  );
  return { logger, lines };
}

describe('the log', () => {
  it('the log has one JSON object per line, with level, time, service and message', () => {
    const { logger, lines } = recorded();
    logger.info({ threadId: 'thr_1', count: 2 }, 'answered');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\}\n$/);
    expect(JSON.parse(lines[0]!)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'a-service',
      threadId: 'thr_1',
      count: 2,
      msg: 'answered',
    });
  });

  it('the pretty log has one short line per record', () => {
    const { logger, lines } = recorded('pretty');
    logger.warn({ context: 'Relay', count: 2 }, 'published');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}a-service \[Relay\] published count=2\n$/);
  });
});

const vendorError = Object.assign(new Error(`The number ${NUMBER} is not valid`), {
  code: 21211,
  status: 400,
  config: { headers: { Authorization: 'Basic hidden' }, data: `Body=${TEXT}` },
  parameters: [NUMBER, TEXT],
});

function logJsonSyntaxError(logger: ReturnType<typeof recorded>['logger']): void {
  try {
    JSON.parse(TEXT);
  } catch (error) {
    logger.error(error);
  }
}

describe.each(['json', 'pretty'] as const)('secrets in a %s log', (format) => {
  it.each<[string, (logger: ReturnType<typeof recorded>['logger']) => void]>([
    ['a number in the message', (logger) => logger.info(`sent to ${NUMBER}`)],
    ['a number in an address', (logger) => logger.info({ sender: `whatsapp:${NUMBER}` })],
    ['a number in a URL', (logger) => logger.info({ url: '/api/call?To=%2B15550100001' })],
    ['a spaced number', (logger) => logger.info('call +1 (555) 010-0001 back')],
    ['a number without its plus', (logger) => logger.info({ From: '15550100001' })],
    ['a number deep inside', (logger) => logger.info({ a: { b: [{ c: NUMBER }] } })],
    ['a number in a child logger', (logger) => logger.child({ who: NUMBER }).info('hello')],
    ['a body', (logger) => logger.info({ body: TEXT, message: { Text: TEXT, raw_body: TEXT } })],
    ['raw bytes', (logger) => logger.info({ bytes: Buffer.from(TEXT) })],
    ['a code', (logger) => logger.info({ code: CODE, verification: { verificationCode: CODE, otp: CODE } })],
    [
      'credentials',
      (logger) => logger.info({ headers: { Authorization: TEXT, 'X-Twilio-Signature': TEXT } }),
    ],
    ["a vendor error's request", (logger) => logger.error(vendorError)],
    [
      "a wrapped error's parameters",
      (logger) => logger.error({ err: new Error('failed', { cause: vendorError }) }),
    ],
    ['errors of an aggregate', (logger) => logger.error(new AggregateError([vendorError], 'all failed'))],
    ['the text that was not JSON', logJsonSyntaxError],
  ])('a log line never contains %s', (_, write) => {
    const { logger, lines } = recorded(format);
    write(logger);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/5550100001|010-0001/);
    expect(lines[0]).not.toMatch(/only two people|a text that/);
    expect(lines[0]).not.toMatch(/hidden/);
    expect(lines[0]).not.toContain(CODE);
  });

  it('a log line contains no phone number at any position', () => {
    const number = fc.stringMatching(/^\+[1-9]\d{6,14}$/);
    fc.assert(
      fc.property(number, fc.string(), fc.string(), (phone, before, after) => {
        const { logger, lines } = recorded(format);
        logger.info({ field: `${before} ${phone} ${after}` }, `${phone}${before}`);
        expect(lines[0]).not.toContain(phone);
      }),
    );
  });
});

describe('the content of a log line', () => {
  it("a log line contains an error's name, message, code, status and frames, and those of its causes", () => {
    const { logger, lines } = recorded();
    logger.error({ err: new TypeError('failed', { cause: vendorError }) }, 'not sent');
    expect(JSON.parse(lines[0]!)).toMatchObject({
      msg: 'not sent',
      err: {
        type: 'TypeError',
        message: 'failed',
        stack: expect.stringMatching(/^at .*service-logger\.spec/),
        cause: { message: 'The number +… is not valid', code: 21211, status: 400 },
      },
    });
  });

  it('a log line contains error codes that do not have six digits', () => {
    const { logger, lines } = recorded();
    logger.info({ code: 'ECONNREFUSED', providerCode: 21610, sqlState: '23505' });
    expect(JSON.parse(lines[0]!)).toMatchObject({
      code: 'ECONNREFUSED',
      providerCode: 21610,
      sqlState: '23505',
    });
  });

  it("the log contains the messages of Nest's Logger with their context, without Nest's set-up messages", () => {
    const { logger, lines } = recorded();
    Logger.overrideLogger(nestLogger(logger));
    try {
      new Logger('RouterExplorer').log('Mapped {/x, GET} route');
      new Logger('Relay').log({ count: 2 }, 'published');
      new Logger('Relay').error(`not published for ${NUMBER}`, new Error('late').stack);
    } finally {
      Logger.overrideLogger(false);
    }
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'info',
      context: 'Relay',
      count: 2,
      msg: 'published',
    });
    expect(JSON.parse(lines[1]!)).toMatchObject({ level: 'error', err: { message: 'not published for +…' } });
  });
});
