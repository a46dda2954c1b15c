/** The gateway's log message about a text that it found in the carrier's list. */
export const FOUND_TEXT_MESSAGE = 'A text whose webhook was lost was received from the list at Twilio';

const FOUND_TEXT = new RegExp(`"messageSid":"(\\w+)".*"msg":"${FOUND_TEXT_MESSAGE}"`);

/** Returns the SID of the text if this log line reports a text found in the carrier's list. */
export function foundTextSid(line: string): string | undefined {
  return FOUND_TEXT.exec(line)?.[1];
}
