import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advanceDelivery,
  type Delivery,
  deliveryOfAttempts,
  parseDeliveryStatus,
  progressOf,
  statusToPublish,
} from './delivery-status.js';

const order = ['accepted', 'queued', 'sending', 'sent', 'partially_delivered', 'delivered', 'read'] as const;
const endings = ['failed', 'undelivered', 'canceled'] as const;
const unknown: Delivery = { status: undefined, errorCode: undefined };
const report = fc.record({
  status: fc.constantFrom(undefined, 'scheduled' as const, ...order, ...endings),
  errorCode: fc.constantFrom(undefined, '30003', '30008'),
});
const at = (status: Delivery['status'], errorCode?: string): Delivery => ({ status, errorCode });

describe('a delivery', () => {
  it('a delivery has the highest reported status, whatever the order of the reports', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...order], { minLength: 1 }), (reports) => {
        const last = reports.reduce((delivery, status) => advanceDelivery(delivery, at(status)), unknown);
        expect(last.status).toBe(order.findLast((status) => reports.includes(status)));
      }),
    );
  });

  it('a delivery that failed stays failed until a report proves that it was delivered', () => {
    fc.assert(
      fc.property(fc.constantFrom(...endings), fc.array(report), (ending, reports) => {
        const proof = (['read', 'delivered'] as const).find((status) =>
          reports.some((each) => each.status === status),
        );
        expect(reports.reduce(advanceDelivery, at(ending)).status).toBe(proof ?? ending);
      }),
    );
  });

  it.each(['delivered', 'read'] as const)(
    'a delivery that is %s never fails, and has no error code',
    (proof) => {
      fc.assert(
        fc.property(fc.array(report), fc.array(report), (before, after) => {
          const reports = [...before, at(proof), ...after];
          const { status, errorCode } = reports.reduce(advanceDelivery, unknown);
          expect(['delivered', 'read']).toContain(status);
          expect(errorCode).toBeUndefined();
        }),
      );
    },
  );

  it('a delivery has the first reported error code, until it is delivered', () => {
    fc.assert(
      fc.property(fc.array(report), (reports) => {
        const isProof = ({ status }: Delivery) => status === 'delivered' || status === 'read';
        const first = reports.find((each) => each.errorCode !== undefined)?.errorCode;
        const expected = reports.some(isProof) ? undefined : first;
        expect(reports.reduce(advanceDelivery, unknown).errorCode).toBe(expected);
      }),
    );
  });

  it('a repeated status report changes and publishes nothing', () => {
    fc.assert(
      fc.property(report, report, (delivery, each) => {
        const once = advanceDelivery(delivery, each);
        expect(advanceDelivery(once, each)).toEqual(once);
        expect(statusToPublish([once], [advanceDelivery(once, each)])).toBeUndefined();
      }),
    );
  });
});

describe('the published status', () => {
  it.each([
    [unknown, at('queued'), undefined],
    [at('queued'), at('sent'), 'sent'],
    [at('sent'), at('partially_delivered'), undefined],
    [at('sent'), at('delivered'), 'delivered'],
    [at('delivered'), at('read'), 'read'],
    [at('sent'), at('undelivered', '30003'), 'undelivered'],
    [at('undelivered'), at('undelivered', '30003'), 'undelivered'],
    [at('queued'), at('canceled'), 'failed'],
    [at('undelivered', '30003'), at('delivered'), 'delivered'],
    [at('failed'), at('read'), 'read'],
    [at('delivered'), at('undelivered', '30003'), undefined],
    [at('undelivered', '30003'), at('sent'), undefined],
    [at('undelivered', '30003'), at('failed'), undefined],
    [at('sent'), at('unconfirmed'), undefined],
  ] as const)('a delivery that changes from %o to %o publishes the status %s', (before, after, published) => {
    expect(statusToPublish([before], [after])?.status).toBe(published);
  });
});

describe('a message of several parts', () => {
  it.each([
    [[at('delivered'), unknown], undefined],
    [[at('delivered'), at('queued')], undefined],
    [[at('delivered'), at('sent')], 'sent'],
    [[at('read'), at('delivered')], 'delivered'],
    [[at('delivered'), at('failed')], 'failed'],
    [[at('undelivered'), unknown], 'undelivered'],
  ] as const)('a message with the parts %o has the delivery status %s', (parts, status) => {
    expect(progressOf(parts).status).toBe(status);
  });

  it('a message of several parts publishes its failure with the error code of the failed part', () => {
    expect(statusToPublish([at('sent'), at('queued')], [at('delivered'), at('queued')])).toBeUndefined();
    expect(statusToPublish([at('sent'), at('queued')], [at('sent'), at('failed', '30007')])).toEqual({
      status: 'failed',
      errorCode: '30007',
    });
  });
});

describe('a part that was tried more than once', () => {
  it.each([
    [[at('undelivered', '30003'), unknown], undefined],
    [[at('undelivered', '30003'), at('sent')], 'sent'],
    [[at('undelivered', '30003'), at('undelivered', '30003')], 'undelivered'],
    [[at('unconfirmed'), unknown], undefined],
    [[at('unconfirmed'), at('failed')], 'failed'],
    [[at('delivered'), at('failed')], 'delivered'],
    [[at('delivered'), at('queued')], 'delivered'],
    [[at('sent'), at('delivered')], 'delivered'],
  ] as const)('a part with the send attempts %o has the delivery status %s', (attempts, status) => {
    expect(deliveryOfAttempts(attempts).status).toBe(status);
  });
});

describe('a status', () => {
  it.each(['receiving', 'toString', '__proto__', '', 'Delivered'])(
    'the text %j is not a delivery status',
    (text) => {
      expect(parseDeliveryStatus(text)).toBeUndefined();
    },
  );

  it('a delivery status is read by its name', () => {
    expect(parseDeliveryStatus('partially_delivered')).toBe('partially_delivered');
  });
});
