import { Logger } from '@nestjs/common';
import type { Prompt } from '@parley/dialogue';
import { MAX_ANSWER_CHARS } from '@parley/dialogue';
import { RetryableError } from '@parley/messaging';
import { describe, expect, it } from 'vitest';
import { LanguageModel } from '../model/language-model.js';
import { ScriptedModel } from '../testing/scripted-model.js';
import { AskModel } from './ask-model.js';

Logger.overrideLogger(false);

const prompt: Prompt = { system: '', channel: 'sms', messages: [] };
const never = new AbortController().signal;
const unhurried = { modelCallTimeoutMs: 10_000, turnTimeoutMs: 10_000, maxModelCalls: 2 };
const hanging = () => new ScriptedModel(() => new Promise(() => undefined));

describe('AskModel', () => {
  it('collects what the model says', async () => {
    const model = new ScriptedModel(async () => 'Hi');
    expect(await new AskModel(model, unhurried).execute(prompt, never)).toEqual({
      kind: 'text',
      text: 'Hi',
      calls: [],
    });
  });

  it('asks no third time', async () => {
    const model = new ScriptedModel(() => Promise.reject(new RetryableError('503')));
    expect(await new AskModel(model, unhurried).execute(prompt, never)).toEqual({
      kind: 'failed',
      reason: 'model-error',
    });
    expect(model.prompts).toHaveLength(2);
  });

  it('does not ask again after an error that will not pass', async () => {
    const model = new ScriptedModel(() => Promise.reject(new Error('401')));
    expect(await new AskModel(model, unhurried).execute(prompt, never)).toMatchObject({ kind: 'failed' });
    expect(model.prompts).toHaveLength(1);
  });

  it('gives each call its time, even if the model does not listen', async () => {
    const model = hanging();
    const policy = { ...unhurried, modelCallTimeoutMs: 10 };
    expect(await new AskModel(model, policy).execute(prompt, never)).toEqual({
      kind: 'failed',
      reason: 'model-timeout',
    });
    expect(model.prompts).toHaveLength(2);
  });

  it('ends with the time of the whole turn', async () => {
    const model = hanging();
    const policy = { ...unhurried, turnTimeoutMs: 10 };
    expect(await new AskModel(model, policy).execute(prompt, never)).toMatchObject({
      reason: 'model-timeout',
    });
    expect(model.prompts).toHaveLength(1);
  });

  it('[S-20] reads no more of an answer without end than can be said', async () => {
    let heard: AbortSignal | undefined;
    let wasEnded = false;
    class EndlessModel extends LanguageModel {
      async *reply(_: Prompt, signal: AbortSignal) {
        heard = signal;
        try {
          for (;;) yield { kind: 'text' as const, text: 'and on ' };
        } finally {
          wasEnded = true;
        }
      }
    }
    const outcome = await new AskModel(new EndlessModel(), unhurried).execute(prompt, never);
    expect(outcome).toMatchObject({ kind: 'text', text: expect.stringMatching(/^(and on )+$/) });
    expect((outcome as { text: string }).text.length).toBeLessThan(MAX_ANSWER_CHARS + 10);
    expect(wasEnded).toBe(true);
    expect(heard!.aborted).toBe(true);
  });

  it('is not asked when it is cancelled already', async () => {
    const model = hanging();
    const outcome = await new AskModel(model, unhurried).execute(prompt, AbortSignal.abort());
    expect(outcome).toEqual({ kind: 'cancelled' });
    expect(model.prompts).toEqual([]);
  });

  it('stops when it is cancelled', async () => {
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
