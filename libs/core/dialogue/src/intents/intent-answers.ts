import type { E164 } from '@parley/kernel';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What people read when a request is answered without the model. People and integrations know these sentences. */
export const intentAnswers = {
  codeSent: (number: E164) => `Please reply with the verification code sent to ${number}`,
  codeCalled: (number: E164) =>
    `Please reply with the verification code that a call to ${number} reads to you`,
  phoneVerified: (number: E164) => `Phone number ${number} has been verified successfully!`,
  ownNumberVerified: () => 'Your number has been verified! You can now use the service.',
  invalidCode: () => 'Invalid verification code. Please try again.',
  invalidCodeBySms: () => "Invalid code. Please try again or text 'verify' to get a new code.",
  verifyToStart: () => "To start using this service, text 'verify' to receive a verification code.",
  verifyFormat: () => 'Please use format: "verify phone +1234567890"',
  verifyFirst: () => 'Please verify your phone number first using "verify phone +1234567890"',
  verifiedNumber: (number: E164, verifiedAt: Date) =>
    `Your verified phone number is: ${number} (verified on ${dayOf(verifiedAt)})`,
  noVerifiedNumber: () => "You don't have a verified phone number yet. Would you like to verify one?",
  agentNumber: (number: E164) => `My phone number is ${number}`,
  noAgentNumber: () => "I don't have a phone number.",
  messageFormat: () =>
    'Could not understand the message format. Please use: "send message \'your message\' to +1234567890"',
  messageSent: (to: E164) => `Successfully sent SMS to ${to}`,
  recipientRefused: () => 'I can only send messages to your own phone number.',
  recipientOptedOut: (to: E164) => `${to} has opted out of text messages.`,
  messagesUnavailable: () => 'Messages cannot be sent right now. Please try again later.',
  tooManyAttempts: (retryAfterMs: number | undefined) =>
    retryAfterMs === undefined
      ? 'Too many attempts. Please try again later.'
      : `Too many attempts. Please try again in ${waitOf(retryAfterMs)}.`,
  numberRefused: () => 'No code can be sent to this phone number. Please use another one.',
  verificationUnavailable: () => 'Verification is not available right now. Please try again later.',
  unlinked: (number: E164) => `Phone number ${number} is no longer linked to this conversation.`,
  movedAway: (number: E164) =>
    `Phone number ${number} has been verified by someone else and is no longer linked to this conversation.`,
} as const;

function dayOf(date: Date): string {
  return `${MONTHS[date.getUTCMonth()]!} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
}

function waitOf(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  if (seconds < 60) return counted(seconds, 'second');
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? counted(minutes, 'minute') : counted(Math.ceil(minutes / 60), 'hour');
}

function counted(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}
