/** Lets a launcher check the gateway's settings before it starts the gateway. */
export { GatewayEnv } from './gateway.env.js';
