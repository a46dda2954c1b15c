import { Logger } from '@nestjs/common';
import type { Prompt } from '@parley/dialogue';
import { MAX_REPLY_CHARS } from '@parley/dialogue';
import { RetryableError } from '@parley/resilience';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { smsPrompt } from '../channels/sms/sms-channel.js';
import { EndlessReasoningError, LanguageModel } from '../model/language-model.js';
import { ScriptedModel } from '../testing/scripted-model.js';
import { AskModel, type ModelOutcome } from './ask-model.js';
import { type ReplyPolicy, spokenReplyPolicy } from './reply-policy.js';

Logger.overrideLogger(false);

const prompt: Prompt = { system: '', channel: smsPrompt, marks: [], messages: [] };
const neverCancelled = new AbortController().signal;
const unhurried = { modelCallTimeoutMs: 10_000, turnTimeoutMs: 10_000, maxModelCalls: 2 };
const hanging = () => new ScriptedModel(() => new Promise(() => undefined));

describe('AskModel', () => {
  it('AskModel returns the text of the model’s answer', async () => {
    const model = new ScriptedModel(async () => 'Hi');
    expect(await new AskModel(model, unhurried).execute(prompt, neverCancelled)).toEqual({
      kind: 'text',
      text: 'Hi',
      calls: [],
    });
  });

  it('AskModel asks the model a second and last time after a retryable error', async () => {
    const model = new ScriptedModel(() => Promise.reject(new RetryableError('503')));
    expect(await new AskModel(model, unhurried).execute(prompt, neverCancelled)).toEqual({
      kind: 'failed',
      reason: 'model-error',
    });
    expect(model.prompts).toHaveLength(2);
  });

  it('AskModel asks a model that reasoned without end to answer at once', async () => {
    const model = new ScriptedModel(({ system }) =>
      system === '' ? Promise.reject(new EndlessReasoningError('too long')) : Promise.resolve('Yes.'),
    );
    expect(await new AskModel(model, unhurried).execute(prompt, neverCancelled)).toMatchObject({
      text: 'Yes.',
    });
    expect(model.prompts.map(({ system }) => system)).toEqual([
      '',
      expect.stringContaining('Answer at once'),
    ]);
  });

  it('AskModel cuts a single piece of an answer that is longer than a reply may be', async () => {
    const model = new ScriptedModel(async () => 'x'.repeat(5_000_000));
    let received = 0;
    await new AskModel(model, unhurried).execute(
      prompt,
      neverCancelled,
      (piece) => (received += piece.length),
    );
    expect(received).toBe(MAX_REPLY_CHARS + 1);
  });

  it('when an answer breaks off, AskModel asks again only if the listener can take back the received part', async () => {
    class BreakingModel extends LanguageModel {
      asked = 0;
      async *reply() {
        this.asked += 1;
        yield { kind: 'text' as const, text: this.asked === 1 ? 'It is op' : 'Open.' };
        if (this.asked === 1) throw new RetryableError('broken off');
      }
    }
    const heard: string[] = [];
    const asking = (model: LanguageModel, onRestart?: () => void) =>
      new AskModel(model, unhurried).execute(
        prompt,
        neverCancelled,
        (piece) => heard.push(piece),
        10_000,
        onRestart,
      );
    expect(await asking(new BreakingModel())).toMatchObject({ kind: 'failed' });
    expect(await asking(new BreakingModel(), () => heard.push('(restart)'))).toMatchObject({ text: 'Open.' });
    expect(heard).toEqual(['It is op', 'It is op', '(restart)', 'Open.']);
  });

  it('AskModel does not ask again after an error that is not retryable', async () => {
    const model = new ScriptedModel(() => Promise.reject(new Error('401')));
    expect(await new AskModel(model, unhurried).execute(prompt, neverCancelled)).toMatchObject({
      kind: 'failed',
    });
    expect(model.prompts).toHaveLength(1);
  });

  it('AskModel ends a request after its time-out, even if the model ignores the signal', async () => {
    const model = hanging();
    const policy = { ...unhurried, modelCallTimeoutMs: 10 };
    expect(await new AskModel(model, policy).execute(prompt, neverCancelled)).toEqual({
      kind: 'failed',
      reason: 'model-timeout',
    });
    expect(model.prompts).toHaveLength(2);
  });

  it('AskModel fails when the time of the turn is over and does not ask again', async () => {
    const model = hanging();
    const policy = { ...unhurried, turnTimeoutMs: 10 };
    expect(await new AskModel(model, policy).execute(prompt, neverCancelled)).toMatchObject({
      reason: 'model-timeout',
    });
    expect(model.prompts).toHaveLength(1);
  });

  it('[S-20] AskModel stops reading an endless answer when it is longer than a reply may be', async () => {
    let received: AbortSignal | undefined;
    let wasEnded = false;
    class EndlessModel extends LanguageModel {
      async *reply(_: Prompt, signal: AbortSignal) {
        received = signal;
        try {
          for (;;) yield { kind: 'text' as const, text: 'and on ' };
        } finally {
          wasEnded = true;
        }
      }
    }
    const outcome = await new AskModel(new EndlessModel(), unhurried).execute(prompt, neverCancelled);
    expect(outcome).toMatchObject({ kind: 'text', text: expect.stringMatching(/^(and on )+$/) });
    expect((outcome as { text: string }).text.length).toBeLessThan(MAX_REPLY_CHARS + 10);
    expect(wasEnded).toBe(true);
    expect(received!.aborted).toBe(true);
  });

  it('AskModel does not ask the model for a cancelled turn', async () => {
    const model = hanging();
    const outcome = await new AskModel(model, unhurried).execute(prompt, AbortSignal.abort());
    expect(outcome).toEqual({ kind: 'cancelled' });
    expect(model.prompts).toEqual([]);
  });

  it('AskModel stops waiting for the model when the turn is cancelled', async () => {
    const cancel = new AbortController();
    const model = new ScriptedModel(() => {
      cancel.abort();
      return new Promise(() => undefined);
    });
    expect(await new AskModel(model, unhurried).execute(prompt, cancel.signal)).toEqual({
      kind: 'cancelled',
    });
  });
});

describe('AskModel for spoken replies', () => {
  const policy = spokenReplyPolicy as Required<ReplyPolicy>;
  const { firstPartTimeoutMs, gapTimeoutMs, turnTimeoutMs } = policy;

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A model that writes a word after each of these pauses. */
  class PacedModel extends LanguageModel {
    asked = 0;
    constructor(private readonly pausesMs: () => Iterable<number>) {
      super();
    }
    async *reply() {
      this.asked += 1;
      for (const ms of this.pausesMs()) {
        await new Promise((resolve) => setTimeout(resolve, ms));
        yield { kind: 'text' as const, text: 'word ' };
      }
    }
  }

  async function asking(
    model: LanguageModel,
  ): Promise<{ outcome: ModelOutcome; received: string; tookMs: number }> {
    let received = '';
    const beganAt = Date.now();
    const listen = (piece: string): void => void (received += piece);
    const done = new AskModel(model, policy)
      .execute(prompt, neverCancelled, listen)
      .then((outcome) => ({ outcome, tookMs: Date.now() - beganAt }));
    await vi.advanceTimersByTimeAsync(turnTimeoutMs + 1_000);
    return { ...(await done), received };
  }

  it.each([500, 1_000, 2_000, 5_000, 10_000])(
    'a spoken reply may take %d ms to its first word',
    async (ms) => {
      const { outcome } = await asking(new PacedModel(() => [ms, 50]));
      expect(outcome).toMatchObject({ kind: 'text', text: 'word word ' });
    },
  );

  it.each([50, 100, 200, 500, 1_000, 5_000])(
    'a spoken reply continues while words arrive %d ms apart',
    async (ms) => {
      const count = Math.floor(100_000 / ms / 10);
      const { outcome } = await asking(new PacedModel(() => Array.from({ length: count }, () => ms)));
      expect(outcome).toMatchObject({ kind: 'text', text: 'word '.repeat(count) });
    },
  );

  it('a spoken reply without a first word fails, and the caller does not wait for a second attempt', async () => {
    const model = new PacedModel(() => [firstPartTimeoutMs + 1_000]);
    const { outcome, tookMs } = await asking(model);
    expect(outcome).toEqual({ kind: 'failed', reason: 'model-timeout' });
    expect(tookMs).toBeLessThanOrEqual(firstPartTimeoutMs + 100);
    expect(model.asked).toBe(1);
  });

  it('a spoken reply fails when the model pauses too long between two words', async () => {
    const { outcome, received, tookMs } = await asking(new PacedModel(() => [500, gapTimeoutMs + 1_000]));
    expect(outcome).toEqual({ kind: 'failed', reason: 'model-timeout' });
    expect(received).toBe('word ');
    expect(tookMs).toBeLessThanOrEqual(500 + gapTimeoutMs + 100);
  });

  it('a spoken reply that does not end fails when the time of the turn is over', async () => {
    const endless = function* (): Generator<number> {
      for (;;) yield 5_000;
    };
    const { outcome, tookMs } = await asking(new PacedModel(endless));
    expect(outcome).toEqual({ kind: 'failed', reason: 'model-timeout' });
    expect(tookMs).toBeLessThanOrEqual(turnTimeoutMs + 100);
  });

  it('AskModel asks for a spoken reply again after a retryable error before the first word', async () => {
    let calls = 0;
    const model = new ScriptedModel(async () => {
      calls += 1;
      if (calls === 1) throw new RetryableError('503');
      return 'Hi';
    });
    expect((await asking(model)).outcome).toMatchObject({ kind: 'text', text: 'Hi' });
  });
});
