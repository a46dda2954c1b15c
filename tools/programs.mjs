/**
 * What `npm run <name>` runs, from tools/src/<name>.ts. `needsBuild: false`: it works beside what runs already.
 * `reportsStop`: it sends its parent the message "stopping" at a signal to stop.
 */
export const programs = {
  start: { needsBuild: true, reportsStop: true },
  test: { needsBuild: true },
  sms: { needsBuild: false },
  call: { needsBuild: false },
  bench: { needsBuild: true },
  chaos: { needsBuild: true },
  soak: { needsBuild: true },
  mutate: { needsBuild: true },
};
