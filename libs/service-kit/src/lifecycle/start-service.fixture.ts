import { once } from 'node:events';

import {
  type BeforeApplicationShutdown,
  Controller,
  Get,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { z } from 'zod';

import { ConfigurationError, listenerEnv, readEnv, ServiceState, startService } from '../index.js';

const env = readEnv(
  'fixture',
  z.object({
    ...listenerEnv,
    UNMET: z.string().optional(),
    START_ERROR: z.enum(['configuration', 'other']).optional(),
    THROW_LATER: z.string().optional(),
    HOLD_SHUTDOWN: z.string().optional(),
    FINISH_WITHIN_MS: z.coerce.number().optional(),
    MESSAGE_SERVER: z.enum(['connects-never', 'fails']).optional(),
    SHUTDOWN_DEADLINE_MS: z.coerce.number().optional(),
  }),
);

@Controller()
class HeldController implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(state: ServiceState) {
    if (env.UNMET) state.require(env.UNMET);
    if (env.FINISH_WITHIN_MS) {
      state.finishBeforeClosing(env.FINISH_WITHIN_MS, async () => {
        await once(process, 'message');
      });
    }
  }

  onApplicationBootstrap(): void {
    if (env.START_ERROR === 'configuration') throw new ConfigurationError('the schema is too old');
    if (env.START_ERROR === 'other') throw new Error('no such provider');
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (env.HOLD_SHUTDOWN) await once(process, 'message');
  }

  @Get('held')
  async held(): Promise<{ held: boolean }> {
    process.stderr.write('"held"\n');
    await once(process, 'message');
    return { held: false };
  }
}

@Module({ controllers: [HeldController] })
class FixtureModule {}

class FixtureServer extends Server implements CustomTransportStrategy {
  listen(done: (error?: unknown) => void): void {
    if (env.MESSAGE_SERVER === 'fails') done(new Error('no message server'));
  }

  close(): void {}

  on(): never {
    throw new Error('This microservice server emits no events');
  }

  unwrap(): never {
    throw new Error('This microservice server has no client to unwrap');
  }
}

await startService({
  name: 'fixture',
  module: FixtureModule,
  env,
  port: env.PORT,
  host: '127.0.0.1',
  shutdownDeadlineMs: env.SHUTDOWN_DEADLINE_MS,
  configure: (app) => {
    if (env.MESSAGE_SERVER) app.connectMicroservice({ strategy: new FixtureServer() });
  },
});
if (env.THROW_LATER) throw new Error('nobody caught +15550100001');
