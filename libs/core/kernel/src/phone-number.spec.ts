import { describe, expect, it } from 'vitest';
import { parseE164 } from './phone-number.js';

describe('parseE164', () => {
  it.each(['+15550100001', '+1234567890', '+1234567', '+123456789012345'])('reads %s', (text) => {
    expect(parseE164(text)).toBe(text);
  });

  it.each([
    '15550100001',
    '+0987654321',
    '+123456',
    '+1234567890123456',
    '+1 555',
    'whatsapp:+15550100001',
    '',
    '+1555010000１',
  ])('refuses %j', (text) => {
    expect(parseE164(text)).toBeUndefined();
  });
});
