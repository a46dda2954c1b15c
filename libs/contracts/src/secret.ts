import { z } from 'zod';

const secrets = z.registry<{ secret: true }>();

/**
 * Marks a top-level field that is encrypted in the message. The producer encrypts it (AES-256-GCM, bound to the event
 * id and the field's name), and the consumer decrypts it. Numbers and bodies in `int.` and `cmd.` are secret.
 */
export function secret<S extends z.ZodType>(schema: S): S {
  const marked = schema.clone();
  secrets.add(marked, { secret: true });
  return marked;
}

/** Returns the names of the fields marked by `secret()`, optional ones included. */
export function secretFieldsOf(schema: z.ZodObject): string[] {
  return Object.entries(schema.shape)
    .filter(([, field]) => isSecret(field))
    .map(([name]) => name);
}

function isSecret(field: unknown): boolean {
  const schema = field instanceof z.ZodOptional ? field.unwrap() : field;
  return secrets.has(schema as z.ZodType);
}
