import type { E164 } from '@parley/kernel';
import { expect, it } from 'vitest';
import { intentAnswers as answers } from './intent-answers.js';

const number = '+1234567890' as E164;

it.each([
  ['[S-05]', answers.codeSent(number), 'Please reply with the verification code sent to +1234567890'],
  ['[S-05]', answers.phoneVerified(number), 'Phone number +1234567890 has been verified successfully!'],
  [
    '[S-05]',
    answers.verifiedNumber(number, new Date('2024-01-01T23:59:59Z')),
    'Your verified phone number is: +1234567890 (verified on Jan 1, 2024)',
  ],
  [
    '[S-05]',
    answers.noVerifiedNumber(),
    "You don't have a verified phone number yet. Would you like to verify one?",
  ],
  [
    '[S-06]',
    answers.verifyToStart(),
    "To start using this service, text 'verify' to receive a verification code.",
  ],
  ['[S-06]', answers.ownNumberVerified(), 'Your number has been verified! You can now use the service.'],
  [
    '[S-06]',
    answers.invalidCodeBySms(),
    "Invalid code. Please try again or text 'verify' to get a new code.",
  ],
  ['[S-10]', answers.messageSent(number), 'Successfully sent SMS to +1234567890'],
  ['[S-24]', answers.agentNumber(number), 'My phone number is +1234567890'],
  ['[S-24]', answers.verifyFormat(), 'Please use format: "verify phone +1234567890"'],
  ['[S-24]', answers.verifyFirst(), 'Please verify your phone number first using "verify phone +1234567890"'],
  ['[S-24]', answers.invalidCode(), 'Invalid verification code. Please try again.'],
  [
    '[S-24]',
    answers.messageFormat(),
    'Could not understand the message format. Please use: "send message \'your message\' to +1234567890"',
  ],
])('%s an answer keeps its words: %s', (_, answer, words) => {
  expect(answer).toBe(words);
});

it.each([
  ['at an unknown time', 'Too many attempts. Please try again later.', undefined],
  ['in 400 ms', 'Too many attempts. Please try again in 1 second.', 400],
  ['in 59,001 ms', 'Too many attempts. Please try again in 1 minute.', 59_001],
  ['in 61 s', 'Too many attempts. Please try again in 2 minutes.', 61_000],
  ['in one day', 'Too many attempts. Please try again in 24 hours.', 86_400_000],
])('a limit that ends %s is answered with %j', (_, words, ms) => {
  expect(answers.tooManyAttempts(ms)).toBe(words);
});
