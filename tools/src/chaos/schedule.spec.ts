import { describe, expect, it } from 'vitest';
import { CALLBACK_SCRIPTS, type CallbackVariant, faultName, type Schedule, scheduleFor } from './schedule.js';

const seeds = Array.from({ length: 60 }, (_, index) => index + 1);
const faultsOf = ({ steps }: Schedule) =>
  steps.flatMap((step) => (step.kind === 'fault' ? [step.fault] : []));
const textsOf = ({ steps }: Schedule) => steps.flatMap((step) => (step.kind === 'text' ? [step] : []));

describe('scheduleFor', () => {
  it('equal seeds give equal schedules, and different seeds different ones', () => {
    for (const seed of seeds) expect(scheduleFor(seed)).toEqual(scheduleFor(seed));
    const all = new Set(seeds.map((seed) => JSON.stringify(scheduleFor(seed).steps)));
    expect(all.size).toBe(seeds.length);
  });

  it('the schedule of a given seed does not change between versions', () => {
    const { people, steps } = scheduleFor(7, { short: true });
    expect(people).toEqual(['+15551000056', '+15551000057']);
    const faults = steps.flatMap((step) =>
      step.kind === 'fault' ? [[step.atMs, faultName(step.fault)]] : [],
    );
    expect(faults).toEqual([
      [449, 'restart sms-gateway'],
      [838, 'Twilio 500'],
      [1_448, 'freeze agent-orchestrator'],
    ]);
    expect(
      textsOf({ seed: 7, people, steps })
        .map(({ atMs }) => atMs)
        .slice(0, 4),
    ).toEqual([346, 512, 805, 823]);
  });

  it('the steps of a schedule are sorted by time and last a few seconds', () => {
    for (const { steps } of seeds.map((seed) => scheduleFor(seed))) {
      const times = steps.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      expect(times[0]).toBeGreaterThanOrEqual(0);
      expect(times.at(-1)).toBeLessThan(10_000);
    }
  });

  it('no two seeds share a phone number or a text', () => {
    const schedules = seeds.map((seed) => scheduleFor(seed));
    const people = schedules.flatMap((schedule) => schedule.people);
    expect(new Set(people).size).toBe(people.length);
    for (const number of people) expect(number).toMatch(/^\+1555\d{7}$/);
    const sids = schedules.flatMap((schedule) => textsOf(schedule).map(({ messageSid }) => messageSid));
    expect(new Set(sids).size).toBe(sids.length);
    const bodies = schedules.flatMap((schedule) => textsOf(schedule).map(({ body }) => body));
    const questions = bodies.filter((body) => body.startsWith('Question '));
    expect(new Set(questions).size).toBe(questions.length);
    for (const body of bodies) expect(body.length).toBeLessThanOrEqual(1_600);
  });

  it('a few consecutive seeds contain every kind of fault', () => {
    const kindsOf = Array.from({ length: seeds.length + 1 }, (_, seed) =>
      faultsOf(scheduleFor(seed)).map(({ kind }) => kind),
    );
    const kinds = (some: readonly number[]) => new Set(some.flatMap((seed) => kindsOf[seed] ?? []));
    const every = kinds(seeds);
    expect([...every].toSorted()).toEqual([
      'callbacks',
      'freeze',
      'jetstream-wipe',
      'kill',
      'model',
      'nats-restart',
      'postgres-crash',
      'restart',
      'twilio',
      'withheld-webhook',
    ]);
    for (const first of seeds.slice(0, 40)) {
      const dozen = Array.from({ length: 12 }, (_, index) => first + index);
      expect(kinds(dozen)).toEqual(every);
    }
  });

  it('the schedules contain long texts, copies, keywords and operator messages', () => {
    const steps = seeds.flatMap((seed) => scheduleFor(seed).steps);
    const texts = steps.flatMap((step) => (step.kind === 'text' ? [step] : []));
    const operatorMessages = steps.flatMap((step) => (step.kind === 'operator-message' ? [step] : []));
    expect(texts.some(({ copies }) => copies > 1)).toBe(true);
    expect(texts.some(({ body }) => body.length > 1_500)).toBe(true);
    expect(texts.some(({ body }) => /^stop/i.test(body))).toBe(true);
    expect(texts.some(({ body }) => /^start/i.test(body))).toBe(true);
    expect(operatorMessages.some(({ copies }) => copies > 1)).toBe(true);
    expect(operatorMessages.some(({ text }) => text.length > 3_000)).toBe(true);
  });

  it('freezes last longer if leases last longer', () => {
    const longest = (leaseMs: number) =>
      Math.max(
        ...seeds
          .flatMap((seed) => faultsOf(scheduleFor(seed, { leaseMs })))
          .map((fault) => (fault.kind === 'freeze' ? fault.forMs : 0)),
      );
    expect(longest(1_500)).toBe(6_000);
    expect(longest(15_000)).toBeGreaterThan(15_000);
  });

  it('a short schedule has fewer people, texts and faults', () => {
    for (const seed of seeds) {
      const schedule = scheduleFor(seed, { short: true });
      expect(faultsOf(schedule)).toHaveLength(3);
      expect(schedule.people.length).toBeLessThanOrEqual(3);
    }
  });
});

describe('the callback scripts', () => {
  it('every callback script ends with the text delivered, even if its reports contradict each other', () => {
    for (const script of Object.values(CALLBACK_SCRIPTS)) {
      expect(script.map(({ status }) => status)).toContain('delivered');
    }
    const reported = (variant: CallbackVariant) => CALLBACK_SCRIPTS[variant].map(({ status }) => status);
    expect(reported('undelivered after delivered')).toEqual(['sent', 'delivered', 'undelivered']);
    expect(reported('undelivered before delivered')).toEqual(['sent', 'undelivered', 'delivered']);
    expect(reported('failed after delivered')).toEqual(['sent', 'delivered', 'failed']);
    expect(CALLBACK_SCRIPTS.missing.every(({ posted }) => posted === false)).toBe(true);
  });
});
