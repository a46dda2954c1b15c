import { describe, expect, it } from 'vitest';
import { splitWebhookUrl } from './connection-overrides.js';

describe('splitWebhookUrl', () => {
  it('a webhook URL without overrides is retried once after a connect failure', () => {
    expect(splitWebhookUrl('http://h/sms?a=1')).toEqual({
      url: 'http://h/sms?a=1',
      overrides: {
        connectTimeoutMs: 5_000,
        readTimeoutMs: 15_000,
        totalTimeoutMs: 15_000,
        retryCount: 1,
        retryOn: ['ct'],
      },
    });
  });

  it('splitWebhookUrl reads the overrides from the fragment and removes it', () => {
    const { url, overrides } = splitWebhookUrl('http://h/sms?a=1#rc=3&rp=ct,rt,5xx&ct=2000&rt=3000&tt=9000');
    expect(url).toBe('http://h/sms?a=1');
    expect(overrides).toEqual({
      connectTimeoutMs: 2_000,
      readTimeoutMs: 3_000,
      totalTimeoutMs: 9_000,
      retryCount: 3,
      retryOn: ['ct', 'rt', '5xx'],
    });
  });

  it('splitWebhookUrl limits overrides to their ranges and ignores values that are not numbers', () => {
    const { overrides } = splitWebhookUrl('http://h/#rc=9&rp=all&ct=1&rt=soon');
    expect(overrides).toMatchObject({ retryCount: 5, connectTimeoutMs: 100, readTimeoutMs: 15_000 });
    expect(overrides.retryOn).toEqual(['ct', 'rt', '4xx', '5xx']);
  });
});
