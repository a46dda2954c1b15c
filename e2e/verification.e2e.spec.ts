import { RunningParley, someNumber, storedRowsWith } from '@parley/testing';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Verification {
  id: string;
  status: string;
  attemptsRemaining: number;
  result?: string;
  code?: string;
}

let parley: RunningParley;
const codes: string[] = [];
const numbers: string[] = [];

beforeAll(async () => {
  parley = await RunningParley.start({ verification: true });
});
afterAll(async () => parley.stop());

const SCHEMAS = ['gateway', 'orchestrator', 'verification'];

const post = (path: string, body: object, idempotencyKey: string = randomUUID()) =>
  parley.api<Verification>(`/v1/verifications${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
    body: JSON.stringify(body),
  });

async function started(subject: string, purpose = 'sign-in') {
  const to = someNumber();
  const { status, body } = await post('', { to, subject, purpose, clientIp: '203.0.113.7' });
  expect([status, body]).toMatchObject([202, { status: 'pending', attemptsRemaining: 5 }]);
  const [text] = await parley.simulator.repliesTo(to, 1);
  const [, code] = /code is (\d{6})\./.exec(text!)!;
  codes.push(code!);
  numbers.push(to);
  const check = (typed: string, more: object = {}, key?: string) =>
    post(`/${body.id}/check`, { subject, purpose, code: typed, ...more }, key);
  return { id: body.id, to, subject, code: code!, check };
}

const wrong = (code: string, by = 1) => String((Number(code) + by) % 1_000_000).padStart(6, '0');

describe('[S-07] a verification over REST', () => {
  it('the phone gets the code, the right code approves it, and its events are published without the number', async () => {
    const { id, to, code, check } = await started('ada');
    expect(await check(wrong(code))).toMatchObject({
      status: 200,
      body: { result: 'wrong-code', attemptsRemaining: 4, status: 'pending' },
    });
    expect(await check(code)).toMatchObject({
      status: 200,
      body: { result: 'approved', status: 'approved', to },
    });
    expect(await check(code)).toMatchObject({ status: 200, body: { result: 'over' } });
    await parley.settled();
    const events = await parley.query<{ fact: string; data: string }>(
      `SELECT split_part(subject, '.', 3) AS fact, convert_from(payload, 'UTF8') AS data
       FROM orchestrator.outbox WHERE subject LIKE 'evt.verification.%.' || $1 ORDER BY id`,
      [id],
    );
    expect(events.map(({ fact }) => fact).toSorted()).toEqual(['approved', 'sent', 'started']);
    for (const { data } of events) expect(data).not.toContain(to.slice(1));
  });

  it('a repeated request counts once and gets the same answer', async () => {
    const [to, key] = [someNumber(), randomUUID()];
    const order = { to, subject: 'bea', purpose: 'sign-in' };
    const first = await post('', order, key);
    const again = await post('', order, key);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await post('', { ...order, purpose: 'other' }, key)).toMatchObject({ status: 422 });
    const { check, code } = await started('cleo');
    const checkKey = randomUUID();
    for (let time = 0; time < 3; time++)
      expect(await check(wrong(code), {}, checkKey)).toMatchObject({ body: { attemptsRemaining: 4 } });
  });

  it('a code proves nothing for another subject or purpose, nor in another verification', async () => {
    const [one, other] = [await started('dora'), await started('emma')];
    expect(await one.check(one.code, { subject: 'mallory' })).toMatchObject({ status: 404 });
    expect(await one.check(one.code, { purpose: 'pay' })).toMatchObject({ status: 404 });
    if (one.code !== other.code)
      expect(await other.check(one.code)).toMatchObject({ body: { result: 'wrong-code' } });
    expect(await one.check(one.code)).toMatchObject({ body: { result: 'approved' } });
  });

  it('an early resend answers 429 with Retry-After, and a cancelled verification is over', async () => {
    const { id, code, check } = await started('fay');
    const early = await post(`/${id}/resend`, { subject: 'fay' });
    expect(early).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await post(`/${id}/resend`, { subject: 'mallory' })).toMatchObject({ status: 404 });
    expect(await post(`/${id}/cancel`, { subject: 'fay' })).toMatchObject({
      status: 200,
      body: { status: 'failed', failure: 'cancelled' },
    });
    expect(await check(code)).toMatchObject({ body: { result: 'over' } });
    expect(await post(`/${id}/resend`, { subject: 'fay' })).toMatchObject({ status: 409 });
  });

  it('a number outside the allowed countries, one of ours and one that is none are refused', async () => {
    const order = { subject: 'gus', purpose: 'sign-in' };
    expect(await post('', { ...order, to: '+447700900123' })).toMatchObject({
      status: 422,
      body: { code: 'code_not_allowed' },
    });
    for (const to of [parley.line, 'nobody'])
      expect(await post('', { ...order, to })).toMatchObject({
        status: 422,
        body: { code: 'invalid_number' },
      });
  });

  it('of 1,000 parallel guesses at most five are compared, and at most one succeeds', async () => {
    const { id, code, check } = await started('hal');
    const guesses = Array.from({ length: 1_000 }, (_, index) =>
      index === 2 ? code : wrong(code, index + 1),
    );
    const answers = await Promise.all(guesses.map(async (guess) => (await check(guess)).body.result));
    const compared = answers.filter((result) => result === 'approved' || result === 'wrong-code');
    expect(compared.length).toBeGreaterThan(0);
    expect(compared.length).toBeLessThanOrEqual(5);
    expect(compared.filter((result) => result === 'approved').length).toBeLessThanOrEqual(1);
    const [row] = await parley.query<{ checks: number }>(
      'SELECT checks FROM verification.verification WHERE id = $1',
      [id],
    );
    expect(row!.checks).toBeLessThanOrEqual(5);
  });

  it('[S-16] a code whose answer from Twilio was lost is not sent again', async () => {
    const to = someNumber();
    await parley.simulator.fault({ kind: 'status-callbacks', script: [], to });
    await parley.simulator.fault({ kind: 'twilio.create', mode: 'accept-then-reset', to });
    const { body } = await post('', { to, subject: 'ida', purpose: 'sign-in' });
    await parley.settled();
    const messages = await parley.simulator.messages({ to, direction: 'outbound', waitMs: 0 });
    expect(messages).toHaveLength(1);
    const sends = await parley.query('SELECT 1 FROM gateway.send WHERE verification_id = $1', [body.id]);
    expect(sends).toHaveLength(1);
    const logged = await parley.query('SELECT 1 FROM orchestrator.message WHERE text LIKE $1', [
      '%verification code%',
    ]);
    expect(logged).toEqual([]);
  });
});

describe('[S-22] codes and numbers', () => {
  it('no code and no number is readable in the database, in the streams, in the logs, or in a subject', async () => {
    await parley.settled();
    const query = <Row extends object>(sql: string, values?: unknown[]) => parley.query<Row>(sql, values);
    expect(numbers.length).toBeGreaterThan(4);
    const digits = numbers.map((number) => number.slice(1));
    expect(await storedRowsWith(query, SCHEMAS, digits)).toEqual([]);
    const spoken = codes.flatMap((code) => [`is ${code}`, `"${code}"`, `#${code}`]);
    expect(await storedRowsWith(query, SCHEMAS, spoken)).toEqual([]);
    const streams = filesBelow(join(parley.dataFolder, 'nats')).map((file) => readFileSync(file, 'latin1'));
    expect(streams.some((content) => content.includes('int.verification.changed'))).toBe(true);
    const logs = parley.logs.filter(({ source }) => source !== 'simulator').map(({ text }) => text);
    for (const word of [...digits, ...spoken]) {
      expect(streams.some((content) => content.includes(word))).toBe(false);
      expect(logs.some((text) => text.includes(word))).toBe(false);
    }
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
