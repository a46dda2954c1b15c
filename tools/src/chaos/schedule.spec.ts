import { describe, expect, it } from 'vitest';
import { CALLBACK_SCRIPTS, type CallbackVariant, nameOf, type Schedule, scheduleOf } from './schedule.js';

const seeds = Array.from({ length: 60 }, (_, index) => index + 1);
const faultsOf = ({ steps }: Schedule) =>
  steps.flatMap((step) => (step.kind === 'fault' ? [step.fault] : []));
const textsOf = ({ steps }: Schedule) => steps.flatMap((step) => (step.kind === 'text' ? [step] : []));

describe('scheduleOf', () => {
  it('is the same for the same seed, and another for another', () => {
    for (const seed of seeds) expect(scheduleOf(seed)).toEqual(scheduleOf(seed));
    const all = new Set(seeds.map((seed) => JSON.stringify(scheduleOf(seed).steps)));
    expect(all.size).toBe(seeds.length);
  });

  it('means by a number what it meant when somebody wrote that number down', () => {
    const { people, steps } = scheduleOf(7, { short: true });
    expect(people).toEqual(['+15551000056', '+15551000057']);
    const faults = steps.flatMap((step) => (step.kind === 'fault' ? [[step.atMs, nameOf(step.fault)]] : []));
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

  it('has its steps in the order of time, within some seconds', () => {
    for (const { steps } of seeds.map((seed) => scheduleOf(seed))) {
      const times = steps.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      expect(times[0]).toBeGreaterThanOrEqual(0);
      expect(times.at(-1)).toBeLessThan(10_000);
    }
  });

  it('gives each person and each text to one seed only', () => {
    const schedules = seeds.map((seed) => scheduleOf(seed));
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

  it('plays every kind of fault within a few neighbouring seeds', () => {
    const kindsOf = Array.from({ length: seeds.length + 1 }, (_, seed) =>
      faultsOf(scheduleOf(seed)).map(({ kind }) => kind),
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

  it('has every way in which people text and are texted', () => {
    const steps = seeds.flatMap((seed) => scheduleOf(seed).steps);
    const texts = steps.flatMap((step) => (step.kind === 'text' ? [step] : []));
    const orders = steps.flatMap((step) => (step.kind === 'order' ? [step] : []));
    expect(texts.some(({ copies }) => copies > 1)).toBe(true);
    expect(texts.some(({ body }) => body.length > 1_500)).toBe(true);
    expect(texts.some(({ body }) => /^stop/i.test(body))).toBe(true);
    expect(texts.some(({ body }) => /^start/i.test(body))).toBe(true);
    expect(orders.some(({ copies }) => copies > 1)).toBe(true);
    expect(orders.some(({ text }) => text.length > 3_000)).toBe(true);
  });

  it('freezes for as long as leases of that length are to be outlived', () => {
    const longest = (leaseMs: number) =>
      Math.max(
        ...seeds
          .flatMap((seed) => faultsOf(scheduleOf(seed, { leaseMs })))
          .map((fault) => (fault.kind === 'freeze' ? fault.forMs : 0)),
      );
    expect(longest(1_500)).toBe(6_000);
    expect(longest(15_000)).toBeGreaterThan(15_000);
  });

  it('is shorter when it is to be short', () => {
    for (const seed of seeds) {
      const schedule = scheduleOf(seed, { short: true });
      expect(faultsOf(schedule)).toHaveLength(3);
      expect(schedule.people.length).toBeLessThanOrEqual(3);
    }
  });
});

describe('the callback scripts', () => {
  it('end with the text on the phone, whatever is told of it', () => {
    for (const script of Object.values(CALLBACK_SCRIPTS)) {
      expect(script.map(({ status }) => status)).toContain('delivered');
    }
    const told = (variant: CallbackVariant) => CALLBACK_SCRIPTS[variant].map(({ status }) => status);
    expect(told('undelivered after delivered')).toEqual(['sent', 'delivered', 'undelivered']);
    expect(told('undelivered before delivered')).toEqual(['sent', 'undelivered', 'delivered']);
    expect(told('failed after delivered')).toEqual(['sent', 'delivered', 'failed']);
    expect(CALLBACK_SCRIPTS.missing.every(({ posted }) => posted === false)).toBe(true);
  });
});
