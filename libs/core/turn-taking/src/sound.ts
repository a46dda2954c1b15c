/** Whether a text has something that a voice can say: a letter or a digit. */
export const hasSound = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);
