import { setTimeout as delay } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import { callControlRoutes } from './control/calls.routes.js';
import { controlRoutes } from './control/control.routes.js';
import { ScriptedFaults } from './control/scripted-faults.js';
import { vendorControlRoutes } from './control/vendors.routes.js';
import { deepgramEndpoint } from './deepgram/deepgram-endpoint.js';
import { elevenLabsEndpoint } from './elevenlabs/elevenlabs-endpoint.js';
import { limits } from './limits.js';
import { RequestLog } from './log/request-log.js';
import { ModelRequestLog, modelRoutes } from './model/model.routes.js';
import { ModelBehaviour } from './model/model-script.js';
import { CancellableTimers } from './cancellable-timers.js';
import type { SimulatorEnv } from './simulator.env.js';
import { forEachSpeechVendor } from './speech-vendors.js';
import type { TwilioAccount } from './twilio/account.js';
import { DeliveryReports } from './twilio/delivery-reports.js';
import { InboundMessages } from './twilio/inbound-messages.js';
import { MessageStore } from './twilio/message-store.js';
import { OptOuts } from './twilio/opt-outs.js';
import { twilioRoutes } from './twilio/twilio.routes.js';
import { TwilioCalls } from './twilio/voice/twilio-calls.js';
import { Callees } from './twilio/voice/callees.js';
import { WebhookClient } from './twilio/webhook-client.js';
import { acceptUpgrades } from './vendors/upgrades.js';
import { VendorSockets } from './vendors/vendor-socket.js';
import { VoiceSettings } from './voice-settings.js';

function accountOf(env: SimulatorEnv): TwilioAccount {
  const { SIMULATOR_TWILIO_API_KEY: sid, SIMULATOR_TWILIO_API_SECRET: secret } = env;
  return {
    sid: env.SIMULATOR_TWILIO_ACCOUNT_SID,
    authToken: env.SIMULATOR_TWILIO_AUTH_TOKEN,
    ...(sid !== undefined && secret !== undefined ? { apiKey: { sid, secret } } : {}),
    numbers: env.SIMULATOR_TWILIO_NUMBERS,
  };
}

/** Builds the simulator, which the caller must start with `listen`. `close` cancels all work in progress. */
export function buildSimulator(env: SimulatorEnv): FastifyInstance {
  const account = accountOf(env);
  const [messages, requests, modelRequests] = [new MessageStore(), new RequestLog(), new ModelRequestLog()];
  const faults = new ScriptedFaults();
  const model = new ModelBehaviour();
  const optOuts = new OptOuts(env.SIMULATOR_OPT_OUT);
  const timers = new CancellableTimers();
  const webhooks = new WebhookClient(account, requests);
  const inbound = new InboundMessages(account, messages, optOuts, faults, webhooks);
  const reports = new DeliveryReports(
    account,
    messages,
    webhooks,
    faults,
    timers,
    env.SIMULATOR_STATUS_CALLBACK_DELAY_MS,
  );
  const settings = new VoiceSettings(env.SIMULATOR_LATENCY);
  const callees = new Callees();
  const calls = new TwilioCalls(account, webhooks, settings, callees, timers);
  const vendors = forEachSpeechVendor(() => new VendorSockets());
  const logs = [calls, messages, requests, modelRequests, ...Object.values(vendors)];
  let underWay = new AbortController();
  const sleep = (ms: number) => delay(ms, undefined, { signal: underWay.signal }).catch(() => {});
  const reset = () => {
    timers.clear();
    webhooks.abort();
    underWay.abort();
    underWay = new AbortController();
    for (const part of [...logs, faults, model, optOuts, callees, settings]) part.clear();
  };

  const app = Fastify({ bodyLimit: limits.requestBodyBytes, forceCloseConnections: true });
  app.get('/health/live', async () => ({ status: 'ok' }));
  app.get('/health/ready', async () => ({ status: 'ok' }));
  app.register(twilioRoutes({ account, store: messages, optOuts, reports, calls, faults, requests, sleep }), {
    prefix: '/api',
  });
  app.register(
    modelRoutes(model, modelRequests, settings, () => underWay.signal),
    { prefix: '/v1' },
  );
  app.register(
    controlRoutes({
      account,
      messages,
      requests,
      modelRequests,
      inbound,
      faults,
      model,
      smsWebhookUrl: env.SIMULATOR_SMS_WEBHOOK_URL,
      smsFallbackUrl: env.SIMULATOR_SMS_FALLBACK_URL,
      reset,
    }),
    { prefix: '/control' },
  );
  app.register(
    callControlRoutes({
      account,
      calls,
      callees,
      settings,
      voiceUrl: env.SIMULATOR_VOICE_WEBHOOK_URL,
      voiceFallbackUrl: env.SIMULATOR_VOICE_FALLBACK_URL,
      voiceStatusUrl: env.SIMULATOR_VOICE_STATUS_URL,
    }),
    { prefix: '/control' },
  );
  app.register(vendorControlRoutes(vendors), { prefix: '/control' });
  acceptUpgrades(
    app.server,
    [
      deepgramEndpoint(vendors.deepgram, settings, env.SIMULATOR_DEEPGRAM_API_KEY),
      elevenLabsEndpoint(vendors.elevenlabs, settings, env.SIMULATOR_ELEVENLABS_API_KEY),
    ],
    faults,
  );
  app.addHook('preClose', async () => {
    for (const log of logs) log.release();
    reset();
  });
  return app;
}
