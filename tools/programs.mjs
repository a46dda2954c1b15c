/**
 * The programs that `npm run <name>` runs, from tools/src/<name>.ts. `needsBuild: false`: the program talks to a Parley
 * that already runs. `reportsStop`: the program sends its parent the message "stopping" when a signal stops it.
 */
export const programs = {
  start: { needsBuild: true, reportsStop: true },
  test: { needsBuild: true },
  sms: { needsBuild: false },
  call: { needsBuild: false },
  chat: { needsBuild: false },
  bench: { needsBuild: true },
  chaos: { needsBuild: true },
  soak: { needsBuild: true },
  mutate: { needsBuild: true },
};
