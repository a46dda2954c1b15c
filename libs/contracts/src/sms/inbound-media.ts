import { z } from 'zod';

/** A photo or file of a text. `url` is on the vendor's server and needs the vendor's credentials. */
export const InboundMedia = z.object({ url: z.url(), contentType: z.string() });
export type InboundMedia = z.output<typeof InboundMedia>;
