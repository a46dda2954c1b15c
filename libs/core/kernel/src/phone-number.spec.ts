import { describe, expect, it } from 'vitest';
import { parseE164, parsePersonNumber } from './phone-number.js';

describe('parseE164', () => {
  it.each(['+15550100001', '+1234567890', '+1234567', '+123456789012345'])('parseE164 reads %s', (text) => {
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
  ])('parseE164 refuses %j', (text) => {
    expect(parseE164(text)).toBeUndefined();
  });
});

describe('parsePersonNumber', () => {
  it.each(['+266696687', '+7378742833', '+2562533', '+8656696', '+86282452253', '+7748283'])(
    'parsePersonNumber refuses %s, which stands for a hidden number',
    (text) => {
      expect(parsePersonNumber(text)).toBeUndefined();
      expect(parseE164(text)).toBe(text);
    },
  );

  it.each(['+12345', '+0123456789', '+1234567890123456', '+Restricted', '+', 'anonymous', '12345', ''])(
    'parsePersonNumber reads no number in %j',
    (text) => {
      expect(parsePersonNumber(text)).toBeUndefined();
    },
  );

  it.each(['+15550100001', '+17378742833', '+26669668712'])('parsePersonNumber reads %s', (text) => {
    expect(parsePersonNumber(text)).toBe(text);
  });
});
