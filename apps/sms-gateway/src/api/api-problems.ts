import type { ProblemKind } from '@parley/service-kit';

/** Problems of the REST API besides those that every route can return. */
export const apiProblems = {
  invalidNumber: kind('invalid_number', 422, 'This is not a phone number that we can text'),
  unknownSender: kind('unknown_sender', 422, 'This number is not one of our lines'),
  unknownConversation: kind('unknown_conversation', 422, 'There is no such conversation'),
  noTextAddress: kind('no_text_address', 422, 'The contact has no phone number that we can text'),
  optedOut: kind('opted_out', 422, 'The contact has opted out of texts'),
  textTooLong: kind('text_too_long', 422, 'The text is too long: shorten it or send several messages'),
  codeNotAllowed: kind('code_not_allowed', 422, 'No code can be sent to this number in this way'),
  verificationOver: kind('verification_over', 409, 'The verification has expired, or was already used'),
  idempotencyKeyRequired: kind('idempotency_key_required', 400, 'An Idempotency-Key header is required'),
  idempotencyKeyReused: kind(
    'idempotency_key_reused',
    422,
    'This Idempotency-Key was used for another request',
  ),
  idempotencyKeyInFlight: kind(
    'idempotency_key_in_flight',
    409,
    'A request with this Idempotency-Key is still being processed',
    true,
  ),
  clientMessageIdReused: kind(
    'client_message_id_reused',
    422,
    'This clientMessageId or Idempotency-Key was used for another text',
  ),
  answerTooLarge: kind(
    'answer_too_large',
    500,
    'The page is too large: repeat the request with a smaller limit',
  ),
  redriveUnderWay: kind('redrive_under_way', 409, 'This dead letter is already being redriven', true),
} as const satisfies Record<string, ProblemKind>;

function kind(code: string, status: number, title: string, retryable = false): ProblemKind {
  return { code, status, title, retryable };
}
