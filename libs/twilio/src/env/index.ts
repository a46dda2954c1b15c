/** The settings of a service that uses Twilio, without its client: a program that only judges them loads quickly. */
export { checkTwilioEnv, twilioEnv } from '../twilio-env.js';
