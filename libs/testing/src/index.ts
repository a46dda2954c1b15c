export { natsForTests, postgresForTests } from './local-servers.js';
export { RunningParley, someNumber } from './running-parley.js';
export { RunningService, simulatedVendors, surround, type Surroundings } from './running-service.js';
export { simulatedTwilio, twilioSignature } from './simulated-twilio.js';
