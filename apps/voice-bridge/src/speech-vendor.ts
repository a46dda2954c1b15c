import type { z } from 'zod';

type Environment = Readonly<Record<string, unknown>>;

/** One vendor's implementation of a port, with its settings. */
export interface SpeechVendor<Port> {
  /** The variables that it reads. */
  readonly settings: z.ZodRawShape;
  /** @param env checked against `settings` */
  readonly create: (env: Environment) => Promise<Port>;
}

/** @param create imports the vendor's code, so that settings can be judged without it */
export function speechVendor<Port, Settings extends z.ZodRawShape>(
  settings: Settings,
  create: (env: z.output<z.ZodObject<Settings>>) => Promise<Port>,
): SpeechVendor<Port> {
  return { settings, create: (env) => create(env as z.output<z.ZodObject<Settings>>) };
}
