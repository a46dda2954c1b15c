export const CODE_DIGITS = 6;

/**
 * Writes the SMS with a code. With a domain its last line lets browsers fill in the code on that domain only (WebOTP,
 * the format of "origin-bound one-time codes").
 */
export function codeText(code: string, validMinutes: number, domain: string | undefined): string {
  const text = `Your verification code is ${code}. It is valid for ${validMinutes} minutes. Do not share it.`;
  return domain === undefined ? text : `${text}\n\n@${domain} #${code}`;
}
