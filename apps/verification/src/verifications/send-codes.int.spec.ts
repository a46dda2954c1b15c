import { CodeStatusChanged, durableOf } from '@parley/contracts';
import type { E164, VerificationId } from '@parley/kernel';
import { MessageCodec, sourceOf } from '@parley/messaging';
import { newId } from '@parley/service-kit';
import { defaultVerificationPolicy } from '@parley/verification-policy';
import { describe, expect, it } from 'vitest';
import { LimitStore } from '../limits/limit-store.js';
import {
  generousPolicy,
  somebody,
  someSubject,
  testbed,
  verification,
  web,
  withVerification,
  wrong,
} from '../testing/running-verification.js';
import { CancelVerification } from './cancel-verification.js';
import { EndVerification } from './end-verification.js';
import { PurgeVerifications } from './purge-verifications.js';
import { VerificationStore } from './verification-store.js';
import { RetryableError } from '@parley/resilience';

const MINUTE_MS = 60_000;

withVerification();

async function given(number = somebody()) {
  const subject = someSubject();
  return { ...(await verification.started(number, { subject })), subject };
}

const cancel = (id: VerificationId, subject: ReturnType<typeof web>) =>
  verification.get(CancelVerification).execute({ requestId: newId('req'), id, subject });

describe('[S-07] a start', () => {
  it('a start sends one code of six digits, valid for ten minutes', async () => {
    const { id, number, code } = await given();
    const [command, ...others] = await verification.sentCodes(id);
    expect(others).toEqual([]);
    expect(command).toMatchObject({ codeNo: 1, to: number });
    expect(command!.text).toContain(code);
    const { expiresAt, createdAt } = await verification.view(id);
    expect(command!.validUntil).toBe(expiresAt);
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(10 * MINUTE_MS);
  });

  it('the code ends the SMS for browsers when a domain is set', async () => {
    const bound = await testbed.run(generousPolicy, { VERIFICATION_DOMAIN: 'chat.example.com' });
    const { id, code } = await bound.started(somebody(), { subject: someSubject() });
    expect((await bound.sentCodes(id))[0]!.text.split('\n').at(-1)).toBe(`@chat.example.com #${code}`);
  });

  it('a start that is repeated, or made many times at once, is one verification with one code', async () => {
    const [number, subject, requestId] = [somebody(), someSubject(), newId('req')];
    const repeated = await Promise.all(
      Array.from({ length: 6 }, () => verification.start(number, { subject, requestId })),
    );
    const atOnce = await Promise.all(
      Array.from({ length: 6 }, () => verification.start(number, { subject })),
    );
    const ids = new Set([...repeated, ...atOnce].map(({ verificationId }) => verificationId));
    expect(ids.size).toBe(1);
    expect(await verification.sentCodes([...ids][0]!)).toHaveLength(1);
  });

  it.each(['+447700900123', '+19005550100', '+18005550100'])(
    'a start for %s is refused and stores nothing',
    async (number) => {
      const requestId = newId('req');
      const answer = await verification.start(number as E164, { requestId, subject: someSubject() });
      expect(answer).toEqual({ outcome: 'refused', verificationId: undefined });
      expect(
        await verification.rows('SELECT 1 FROM answered_request WHERE request_id = $1', [requestId]),
      ).toEqual([]);
    },
  );

  it('starting a verification gives the same answer for a known and for an unknown number', async () => {
    const known = somebody();
    const first = await given(known);
    await verification.check(first.id, first.code, { subject: first.subject });
    const answers = [known, somebody()].map(async (number) => {
      const { id } = await verification.started(number, { subject: someSubject() });
      const { to: _to, id: _id, subject: _subject, ...view } = await verification.view(id);
      return Object.fromEntries(
        Object.entries(view).map(([key, value]) => [key, key.endsWith('At') ? typeof value : value]),
      );
    });
    const [one, other] = await Promise.all(answers);
    expect(one).toEqual(other);
  });
});

describe('[S-07] resending', () => {
  it('a resend before its time sends nothing and says when to ask again', async () => {
    const { id, subject } = await given();
    const early = await verification.resend(id, { subject });
    expect(early).toMatchObject({
      outcome: 'too-early',
      retryAtMs: Date.parse((await verification.view(id)).nextSendAt!),
    });
    await verification.pass(id, MINUTE_MS);
    const requestId = newId('req');
    for (let time = 0; time < 2; time++)
      expect(await verification.resend(id, { subject, requestId })).toMatchObject({ outcome: 'sent' });
    expect((await verification.sentCodes(id)).map(({ codeNo }) => codeNo)).toEqual([1, 2]);
  });

  it('cancelling and starting again does not shorten the pause', async () => {
    const { id, number, subject } = await given();
    expect(await cancel(id, web('mallory'))).toMatchObject({ outcome: 'not-found' });
    expect(await cancel(id, subject)).toMatchObject({ outcome: 'cancelled' });
    expect(await cancel(id, subject)).toMatchObject({ outcome: 'over' });
    expect(await verification.start(number, { subject })).toMatchObject({ outcome: 'limited' });
    expect((await verification.changes(id)).at(-1)).toMatchObject({ change: 'failed', failure: 'cancelled' });
  });

  it('a resend of another subject, of an expired or of an ended verification sends nothing', async () => {
    const [expired, ended] = [await given(), await given()];
    expect(await verification.resend(ended.id, { subject: web('mallory') })).toMatchObject({
      outcome: 'not-found',
    });
    await verification.check(ended.id, ended.code, { subject: ended.subject });
    await verification.pass(expired.id, 10 * MINUTE_MS);
    for (const { id, subject } of [expired, ended]) {
      expect(await verification.resend(id, { subject })).toMatchObject({ outcome: 'over' });
      expect(await verification.sentCodes(id)).toHaveLength(1);
    }
  });

  it('a code is not sent by a call while no way to call is set up', async () => {
    const { id, subject } = await given();
    await verification.pass(id, MINUTE_MS);
    expect(await verification.resend(id, { subject, channel: 'voice' })).toMatchObject({
      outcome: 'refused',
    });
    expect(await verification.view(id)).toMatchObject({ nextVoiceAt: null });
  });
});

describe('[S-07] limits', () => {
  it('starts over one prefix at once stay under its limit, and one block is published', async () => {
    const limits = { ...generousPolicy.limits, prefix: { perHour: 7, perDay: 7 } };
    const limited = await testbed.run({ ...generousPolicy, limits });
    const numbers = Array.from({ length: 60 }, (_, index) => `+1555999${String(1_000 + index)}` as E164);
    /** A start that waits too long for a connection is tried again, however busy the machine is. */
    const start = (number: E164): ReturnType<typeof limited.start> =>
      limited.start(number, { subject: someSubject() }).catch((error: unknown) => {
        if (error instanceof RetryableError) return start(number);
        throw error;
      });
    const answers = await Promise.all(numbers.map(start));
    expect(answers.filter(({ outcome }) => outcome === 'started')).toHaveLength(7);
    const refused = answers.filter(({ outcome }) => outcome === 'limited');
    expect(refused).toHaveLength(53);
    expect(refused.every(({ retryAtMs }) => retryAtMs! > Date.now())).toBe(true);
    const blocks = (await Promise.all(numbers.map((number) => limited.blocks(number)))).flat();
    expect(blocks).toMatchObject([{ change: 'blocked', limit: 'prefix' }]);
  });

  it.each([
    ['number', () => ({})],
    ['client', () => ({ client: 'ip 203.0.113.7', number: somebody() })],
    ['subject', () => ({ subject: web('greedy'), number: somebody() })],
    ['spend', () => ({ number: somebody() })],
  ] as const)('the limit by %s counts over all verifications', async (kind, more) => {
    const counted = (
      await verification.rows<{ sent: number }>(
        `SELECT coalesce(max(sent), 0)::integer AS sent FROM code_count WHERE kind = $1 AND kind = 'spend'`,
        [kind],
      )
    )[0]!.sent;
    const max = { perHour: counted + 2, perDay: counted + 2 };
    const limited = await testbed.run({
      ...generousPolicy,
      limits: { ...generousPolicy.limits, [kind]: max },
    });
    const number = somebody();
    const outcomes: string[] = [];
    for (let time = 0; time < 3; time++) {
      const wanted = { number, subject: someSubject(), ...more() };
      outcomes.push((await limited.start(wanted.number, wanted)).outcome);
    }
    expect(outcomes).toEqual(['started', 'started', 'limited']);
  });

  it('a prefix whose codes are hardly ever typed gets no more codes', async () => {
    const prefix = '+1555888';
    const number = (index: number) => `${prefix}${String(index).padStart(4, '0')}` as E164;
    const limits = verification.get(LimitStore);
    await verification.inTransaction(async (tx) => {
      for (let ended = 0; ended < defaultVerificationPolicy.conversion.minEnded; ended++)
        await limits.countEnd(tx, number(ended), ended < 3);
    });
    expect(await verification.start(number(100), { subject: someSubject() })).toMatchObject({
      outcome: 'limited',
    });
    expect(await verification.blocks(number(100))).toMatchObject([{ limit: 'conversion' }]);
    await verification.inTransaction((tx) => limits.countEnd(tx, number(0), true));
    await verification.inTransaction((tx) => limits.countEnd(tx, number(1), true));
    expect(await verification.start(number(101), { subject: someSubject() })).toMatchObject({
      outcome: 'started',
    });
  });

  it('a failed and an expired verification count as not typed, an approved one as typed', async () => {
    const numbers = ['0001', '0002', '0003'].map((last) => `+1555777${last}` as E164);
    const [approved, failed, expired] = await Promise.all(numbers.map((number) => given(number)));
    await verification.check(approved!.id, approved!.code, { subject: approved!.subject });
    for (let guess = 0; guess < 5; guess++)
      await verification.check(failed!.id, wrong(failed!.code), { subject: failed!.subject });
    await verification.pass(expired!.id, 10 * MINUTE_MS);
    await verification.inTransaction(async (tx) => {
      for (const each of await verification.get(VerificationStore).endExpired(tx, 1_000))
        await verification.get(EndVerification).record(tx, each);
    });
    const nowMs = Date.now();
    const conversions = await verification.inTransaction((tx) =>
      verification.get(LimitStore).conversionsOf(tx, numbers[0]!, nowMs),
    );
    expect(conversions).toEqual({ approved: 1, ended: 3 });
    expect((await verification.changes(expired!.id)).at(-1)).toMatchObject({ change: 'expired' });
  });
});

describe('the status of a code', () => {
  const report = async (
    verificationId: VerificationId,
    codeNo: number,
    status: CodeStatusChanged['status'],
  ) => {
    const data = { verificationId, codeNo, status, occurredAt: new Date().toISOString() };
    const message = verification.get(MessageCodec).encode(CodeStatusChanged, data, {
      id: newId('evt'),
      source: sourceOf('sms-gateway'),
      time: data.occurredAt,
    });
    await verification.handle(durableOf(CodeStatusChanged, 'verification'), message);
  };

  it('each code is published as sent once, whatever its reports', async () => {
    const { id, subject } = await given();
    for (const status of ['unconfirmed', 'sent', 'delivered'] as const) await report(id, 1, status);
    await verification.pass(id, MINUTE_MS);
    await verification.resend(id, { subject });
    for (const [codeNo, status] of [
      [2, 'delivered'],
      [1, 'read'],
    ] as const)
      await report(id, codeNo, status);
    expect((await verification.changes(id)).map(({ change, channel }) => [change, channel])).toEqual([
      ['started', undefined],
      ['sent', 'sms'],
      ['sent', 'sms'],
    ]);
  });

  it('a code that was typed before its report is published as sent too', async () => {
    const { id, code, subject } = await given();
    await verification.check(id, code, { subject });
    await report(id, 1, 'sent');
    expect((await verification.changes(id)).map(({ change }) => change)).toEqual([
      'started',
      'approved',
      'sent',
    ]);
  });

  it('a number that is refused fails the verification, unless a newer code was sent', async () => {
    const { id, subject } = await given();
    await verification.pass(id, MINUTE_MS);
    await verification.resend(id, { subject });
    for (const status of ['failed', 'undelivered'] as const) await report(id, 1, status);
    expect(await verification.view(id)).toMatchObject({ status: 'pending' });
    await report(id, 2, 'failed');
    expect(await verification.view(id)).toMatchObject({ status: 'failed', failure: 'undeliverable' });
  });
});

it('the purge deletes what ended and was counted long ago, and nothing else', async () => {
  const [old, recent] = [await given(), await given()];
  for (const { id, subject } of [old, recent]) await cancel(id, subject);
  await verification.rows(`UPDATE verification SET ended_at = ended_at - interval '8 days' WHERE id = $1`, [
    old.id,
  ]);
  await verification.rows(
    `UPDATE answered_request SET created_at = created_at - interval '3 days' WHERE verification_id = $1`,
    [old.id],
  );
  await verification.get(PurgeVerifications).run(new AbortController().signal);
  const left = async (table: string, column: string, id: string) =>
    (await verification.rows(`SELECT 1 FROM ${table} WHERE ${column} = $1`, [id])).length;
  expect(await left('verification', 'id', old.id)).toBe(0);
  expect(await left('answered_request', 'verification_id', old.id)).toBe(0);
  expect(await left('verification', 'id', recent.id)).toBe(1);
  expect(await left('answered_request', 'verification_id', recent.id)).toBe(2);
});
