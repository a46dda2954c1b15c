/** Why a message failed where no code of the vendor says it, and what that means. */
export const failureReasons = {
  'opted-out':
    'The person opted out of texts (STOP), or Twilio blocks this line for them (21610). They get texts again after START.',
  expired: 'It could not be sent before it was no longer worth sending.',
  empty: 'Nothing visible is left of the text once its Markdown is stripped.',
  'outcome-unknown':
    'Nobody knows whether a part of it went out; it was not sent again, nor the parts behind it, so that none arrives twice.',
  'not-accepted': 'Twilio did not take it, and there was no second try, or that was not taken either.',
} as const satisfies Record<string, string>;

export type FailureReason = keyof typeof failureReasons;
