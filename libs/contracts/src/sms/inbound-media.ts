import { z } from 'zod';

/** A photo or file that came with a text. `url` is the vendor's and needs its credentials. */
export const InboundMedia = z.object({ url: z.url(), contentType: z.string() });
export type InboundMedia = z.output<typeof InboundMedia>;
