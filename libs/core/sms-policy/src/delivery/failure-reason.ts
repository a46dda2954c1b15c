/** Our own reasons for a failed message, where Twilio gives no error code, and what each means. */
export const failureReasons = {
  'opted-out':
    'The person opted out of texts (STOP), or Twilio blocks this line for them (21610). They get texts again after START.',
  expired: 'It could not be sent before its validity ended.',
  empty: 'The text has no visible character once its Markdown is removed.',
  'outcome-unknown':
    'Twilio’s answer to a part of it was lost. The part may have been sent, so neither it nor the parts behind it are sent again.',
  'not-accepted':
    'Twilio does not have it: the request was lost, and so was the one repetition, or none was permitted.',
} as const satisfies Record<string, string>;

export type FailureReason = keyof typeof failureReasons;
