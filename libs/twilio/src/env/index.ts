/** Twilio's settings without its REST client, so that a program that only checks settings loads quickly. */
export { checkTwilioEnv, twilioEnv } from '../twilio-env.js';
