/**
 * Runs migration steps one after the other in one process, since loading what they share takes longer than their work. Each
 * finds its own variables in `process.env`.
 */
const steps = JSON.parse(process.env.MIGRATION_STEPS);
for (const { script, env } of steps) {
  process.env = env;
  await import(script);
}
