/** Lets a launcher check the settings of verification before it starts verification. */
export { VerificationEnv } from './verification.env.js';
