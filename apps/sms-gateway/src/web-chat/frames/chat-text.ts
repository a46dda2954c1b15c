import { isBlank } from '@parley/kernel';
import { z } from 'zod';

export const MAX_CHAT_TEXT_CHARS = 4_000;

/** The text of a web message: people can see it and Postgres can store it. */
export const chatText = z
  .string()
  .max(MAX_CHAT_TEXT_CHARS)
  .refine((value) => !isBlank(value), { message: 'must not be blank', params: { code: 'blank' } })
  .refine((value) => !/[\0\p{Surrogate}]/u.test(value), {
    message: 'must be well-formed Unicode without NUL characters',
    params: { code: 'malformed_text' },
  });
