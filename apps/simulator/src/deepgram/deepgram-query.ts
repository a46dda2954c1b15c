import { z } from 'zod';
import type { FluxThresholds } from './flux-recogniser.js';
import type { NovaOptions } from './nova-recogniser.js';

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));
const decimal = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d*\.?\d+$/, 'must be a number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));
const audioFormat = {
  encoding: z.literal('mulaw', 'the simulator supports mulaw only'),
  sample_rate: z.literal('8000', 'the simulator supports 8000 Hz only'),
};
const texts = z.union([z.string(), z.array(z.string())]).optional();

const ListenQuery = z
  .looseObject({
    ...audioFormat,
    model: z.string().regex(/^nova-[23](-\w+)*$/, 'unknown model'),
    channels: z.literal('1').optional(),
    language: z.string().optional(),
    interim_results: flag,
    endpointing: z.union([z.enum(['true', 'false']), whole(0, 60_000)]).default(10),
    utterance_end_ms: whole(1_000, 60_000).optional(),
    vad_events: flag,
    punctuate: flag,
    smart_format: flag,
    keyterm: texts,
    keywords: texts,
  })
  .refine((query) => query.utterance_end_ms === undefined || query.interim_results, {
    path: ['utterance_end_ms'],
    message: 'needs interim_results=true',
  });

const FluxQuery = z.looseObject({
  ...audioFormat,
  model: z.enum(['flux-general-en', 'flux-general-multi'], 'unknown model'),
  eot_threshold: decimal(0.5, 1).default(0.7),
  eager_eot_threshold: decimal(0.3, 0.9).optional(),
  eot_timeout_ms: whole(500, 60_000).default(5_000),
  keyterm: texts,
  language_hint: texts,
});

/** A message that changes Flux's settings during a stream. */
export const ConfigureMessage = z.strictObject({
  type: z.literal('Configure'),
  thresholds: z
    .strictObject({
      eot_threshold: z.number().min(0.5).max(1).optional(),
      eager_eot_threshold: z.number().min(0.3).max(0.9).nullable().optional(),
      eot_timeout_ms: z.int().min(500).max(60_000).optional(),
    })
    .optional(),
  keyterms: texts,
  language_hints: z.array(z.string()).optional(),
  numerals: z.boolean().optional(),
});

/** What a client sends to Nova beside audio. */
export const NovaControlMessage = z.looseObject({ type: z.enum(['KeepAlive', 'Finalize', 'CloseStream']) });

type Query = Readonly<Record<string, string | string[]>>;

function listOf(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}

/** Throws a ZodError that names the wrong parameter. */
export function novaOptionsFrom(query: Query): NovaOptions {
  const parsed = ListenQuery.parse(query);
  const { endpointing } = parsed;
  return {
    interimResults: parsed.interim_results,
    endpointingMs: endpointing === 'false' ? null : endpointing === 'true' ? 10 : endpointing,
    utteranceEndMs: parsed.utterance_end_ms ?? null,
    vadEvents: parsed.vad_events,
    punctuate: parsed.punctuate || parsed.smart_format,
    languages: parsed.language === 'multi' ? ['en'] : null,
  };
}

export interface FluxOptions {
  readonly thresholds: FluxThresholds;
  readonly isMultilingual: boolean;
  readonly keyterms: string[];
  readonly languageHints: string[];
}

/** Throws a ZodError that names the wrong parameter. */
export function fluxOptionsFrom(query: Query): FluxOptions {
  const parsed = FluxQuery.parse(query);
  return {
    thresholds: {
      eotThreshold: parsed.eot_threshold,
      eagerEotThreshold: parsed.eager_eot_threshold ?? null,
      eotTimeoutMs: parsed.eot_timeout_ms,
    },
    isMultilingual: parsed.model === 'flux-general-multi',
    keyterms: listOf(parsed.keyterm),
    languageHints: listOf(parsed.language_hint),
  };
}
