/** Whether a voice has anything to say: a letter or a digit. All else is pause, mark or Markdown. */
export const hasSound = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);
