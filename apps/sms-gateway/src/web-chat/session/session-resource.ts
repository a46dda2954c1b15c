import { Timestamp, WebUserId } from '@parley/contracts';
import { isBlank } from '@parley/kernel';
import { z } from 'zod';

/** Begins the ids that anonymous visitors get. A visitor's next session is opened with the id of the first. */
export const VISITOR_PREFIX = 'visitor_';

/** A request for a session. */
export const SessionOrder = z.strictObject({
  userId: WebUserId.refine((id) => !isBlank(id) && !/[\0\p{Surrogate}]/u.test(id), {
    message: 'must be visible, well-formed Unicode',
    params: { code: 'malformed_text' },
  })
    .optional()
    .describe('Your own id of a person who is signed in at your site. Without it: an anonymous visitor'),
});
export type SessionOrder = z.output<typeof SessionOrder>;

/** A session of web chat. */
export const SessionResource = z.object({
  token: z.string().describe('Opens the chat of this person, and no other'),
  userId: WebUserId.describe('The id as given, or the id that an anonymous visitor got'),
  expiresAt: Timestamp,
});
export type SessionResource = z.output<typeof SessionResource>;
