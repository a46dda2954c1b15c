/** Our own reasons for a failed message without an error code of Twilio, and what each means. */
export const failureReasons = {
  'opted-out':
    'The person opted out of texts (STOP), or Twilio blocks this line for them (21610). They get texts again after START.',
  expired: 'The message could not be sent before its validity ended.',
  empty: 'The text has no visible character once its Markdown is removed.',
  'outcome-unknown':
    'Twilio’s answer to a part of the message was lost. The part may have been sent, so Parley sends neither that part again nor the parts after it.',
  'not-accepted':
    'Twilio does not have the message: the request was lost, and the one repetition was lost too or not permitted.',
} as const satisfies Record<string, string>;

export type FailureReason = keyof typeof failureReasons;
