export { HeldLock } from './held-lock.js';
export { natsForTests, postgresForTests } from './local-servers.js';
export { RunningParley, someNumber, type RunningParleyOptions } from './running-parley.js';
export { RunningService, simulatedVendors, surround, type Surroundings } from './running-service.js';
export { simulatedTwilio, twilioSignature } from './simulated-twilio.js';
