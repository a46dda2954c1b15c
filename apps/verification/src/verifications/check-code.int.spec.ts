import { RetryableError } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import { storedRowsWith } from '@parley/testing';
import { describe, expect, it } from 'vitest';
import {
  NEW_KEY,
  OLD_KEY,
  somebody,
  someSubject,
  testbed,
  verification,
  web,
  withVerification,
  wrong,
} from '../testing/running-verification.js';

const MINUTE_MS = 60_000;

withVerification();

async function given() {
  const subject = someSubject();
  const started = await verification.started(somebody(), { subject });
  return {
    ...started,
    subject,
    check: (code: string, more = {}) => verification.check(started.id, code, { subject, ...more }),
  };
}

/** A guess that waits too long for a connection is not compared. */
function refusalOf(error: unknown): 'unavailable' {
  if (error instanceof RetryableError) return 'unavailable';
  throw error;
}

describe('[S-07] the right code', () => {
  it('the right code approves once, and is published', async () => {
    const { id, code, number, subject, check } = await given();
    expect(await check(wrong(code))).toBe('wrong-code');
    expect(await check(code)).toBe('approved');
    expect(await check(code)).toBe('over');
    expect(await verification.view(id)).toMatchObject({
      status: 'approved',
      to: number,
      attemptsRemaining: 0,
      nextSendAt: null,
      approvedAt: expect.any(String),
    });
    expect(await verification.changes(id)).toMatchObject([
      { change: 'started', number, subject, purpose: 'link-phone' },
      { change: 'approved', number, subject, purpose: 'link-phone' },
    ]);
  });

  it('a check that is repeated counts once, and gets the same answer', async () => {
    const { id, code, check } = await given();
    const requestId = newId('req');
    const answers = await Promise.all(Array.from({ length: 8 }, () => check(wrong(code), { requestId })));
    expect(new Set(answers)).toEqual(new Set(['wrong-code']));
    expect(await verification.view(id)).toMatchObject({ attemptsRemaining: 4 });
    const approving = newId('req');
    expect(await check(code, { requestId: approving })).toBe('approved');
    expect(await check(code, { requestId: approving })).toBe('approved');
  });

  it('a code proves nothing for another subject, another purpose or another verification', async () => {
    const { id, code, check } = await given();
    const other = await given();
    expect(await check(code, { subject: web('mallory') })).toBe('not-found');
    expect(await check(code, { subject: { kind: 'phone', id: 'user-1' } })).toBe('not-found');
    expect(await check(code, { purpose: 'sign-in' })).toBe('not-found');
    expect(await verification.check(newId('ver'), code)).toBe('not-found');
    if (other.code !== code) expect(await other.check(code)).toBe('wrong-code');
    expect(await verification.view(id)).toMatchObject({ attemptsRemaining: 5, status: 'pending' });
    expect(await check(code)).toBe('approved');
  });

  it('a stored digest proves nothing in the row of another verification, subject or purpose', async () => {
    const one = await given();
    const other = await verification.started(somebody(), { subject: one.subject });
    await verification.rows(
      `UPDATE verification SET code_index = (SELECT code_index FROM verification WHERE id = $1) WHERE id = $2`,
      [one.id, other.id],
    );
    expect(await verification.check(other.id, one.code, { subject: one.subject })).toBe('wrong-code');
    await verification.rows(`UPDATE verification SET subject_id = 'thief' WHERE id = $1`, [one.id]);
    expect(await one.check(one.code, { subject: web('thief') })).toBe('wrong-code');
    await verification.rows(`UPDATE verification SET subject_id = $2, purpose = 'sign-in' WHERE id = $1`, [
      one.id,
      one.subject.id,
    ]);
    expect(await one.check(one.code, { purpose: 'sign-in' })).toBe('wrong-code');
  });
});

describe('[S-07] guesses', () => {
  it('five wrong codes fail the verification, and the right one comes too late', async () => {
    const { id, code, check } = await given();
    for (let left = 4; left >= 0; left--) {
      expect(await check(wrong(code))).toBe('wrong-code');
      expect(await verification.view(id)).toMatchObject({ attemptsRemaining: left });
    }
    expect(await check(code)).toBe('over');
    expect(await verification.view(id)).toMatchObject({ status: 'failed', failure: 'too-many-checks' });
    expect((await verification.changes(id)).at(-1)).toMatchObject({
      change: 'failed',
      failure: 'too-many-checks',
    });
  });

  it('of 200 parallel guesses at most five are compared, and at most one succeeds', async () => {
    for (const rightAt of [0, 3, 150]) {
      const { id, code, check } = await given();
      const guesses = Array.from({ length: 200 }, (_, index) =>
        index === rightAt ? code : String((Number(code) + index + 1) % 1_000_000).padStart(6, '0'),
      );
      const outcomes = await Promise.all(guesses.map((guess) => check(guess).catch(refusalOf)));
      const compared = outcomes.filter((outcome) => outcome === 'approved' || outcome === 'wrong-code');
      expect(compared.length).toBeLessThanOrEqual(5);
      expect(outcomes.filter((outcome) => outcome === 'approved').length).toBeLessThanOrEqual(1);
      const [row] = await verification.rows<{ checks: number }>(
        'SELECT checks FROM verification WHERE id = $1',
        [id],
      );
      expect(row!.checks).toBe(compared.length);
    }
  });

  it('a number and subject have ten checks a day, over all their verifications and purposes', async () => {
    const [number, subject] = [somebody(), someSubject()];
    const outcomes: string[] = [];
    for (const purpose of ['one', 'two', 'three']) {
      const { id, code } = await verification.started(number, { subject, purpose });
      await verification.pass(id, 5 * MINUTE_MS);
      for (let guess = 0; guess < 4; guess++)
        outcomes.push(await verification.check(id, wrong(code), { subject, purpose }));
      if (purpose === 'three')
        expect(await verification.check(id, code, { subject, purpose })).toBe('limited');
    }
    expect(outcomes).toEqual([...Array<string>(10).fill('wrong-code'), 'limited', 'limited']);
  });
});

describe('[S-07] the time of a code', () => {
  it('a code counts for ten minutes', async () => {
    const [early, late] = [await given(), await given()];
    await verification.pass(early.id, 10 * MINUTE_MS - 20_000);
    expect(await early.check(early.code)).toBe('approved');
    await verification.pass(late.id, 10 * MINUTE_MS);
    expect(await verification.view(late.id)).toMatchObject({ status: 'expired', attemptsRemaining: 0 });
    expect(await late.check(late.code)).toBe('over');
  });

  it('the two newest codes count, each for its own ten minutes', async () => {
    const { id, code: first, subject, check } = await given();
    const resent = async () => {
      await verification.pass(id, 5 * MINUTE_MS);
      expect(await verification.resend(id, { subject })).toMatchObject({ outcome: 'sent' });
      return verification.code(id);
    };
    const second = await resent();
    await verification.pass(id, 5 * MINUTE_MS + 1_000);
    if (first !== second) expect(await check(first)).toBe('wrong-code');
    await verification.resend(id, { subject });
    const third = await verification.code(id);
    await verification.pass(id, 1_000);
    expect(new Set([first, second, third]).size).toBe(3);
    expect(await check(first)).toBe('wrong-code');
    expect(await check(second)).toBe('approved');
  });
});

describe('[S-22] codes and numbers at rest', () => {
  it('neither a code nor a number is readable in any row', async () => {
    const { number, code, check } = await given();
    await check(wrong(code));
    const query = <Row extends object>(sql: string, values?: unknown[]) =>
      verification.rows<Row>(sql, values);
    expect(await storedRowsWith(query, ['verification'], [number, number.slice(1)])).toEqual([]);
    const withCode = await storedRowsWith(query, ['verification'], [code]);
    // A time or a random id may contain six digits by chance; a code stands alone.
    expect(withCode.filter(({ row }) => new RegExp(`(?<![\\w.:-])${code}(?![\\w.:-])`).test(row))).toEqual(
      [],
    );
  });

  it('a code that was sent under an older key still counts after a rotation', async () => {
    const { id, code, subject } = await given();
    const rotated = await testbed.run(undefined, { PARLEY_DATA_KEYS: `${NEW_KEY},${OLD_KEY}` });
    expect(await rotated.check(id, wrong(code), { subject })).toBe('wrong-code');
    expect(await rotated.check(id, code, { subject })).toBe('approved');
    const newest = await rotated.started(somebody(), { subject: someSubject() });
    const [row] = await rotated.rows<{ key: string }>(
      `SELECT split_part(code_index, '.', 1) AS key FROM verification WHERE id = $1`,
      [newest.id],
    );
    expect(row!.key).toBe('new');
  });

  it('the digests of a verification that has ended are deleted', async () => {
    const { id, code, check } = await given();
    await check(code);
    const [row] = await verification.rows(
      'SELECT code_index, earlier_code_index FROM verification WHERE id = $1',
      [id],
    );
    expect(row).toEqual({ code_index: null, earlier_code_index: null });
  });
});
