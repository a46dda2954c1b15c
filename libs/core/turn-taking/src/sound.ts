/** Whether a voice has something to say: a letter or a digit. */
export const hasSound = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);
