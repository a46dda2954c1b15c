import { Module, type DynamicModule, type INestApplication, type Provider } from '@nestjs/common';
import type { ServiceName } from '@parley/contracts';
import type { DataKeys } from '@parley/encryption';
import { MessageCodec } from './codec/message-codec.js';
import { FailedMessages } from './failed-messages.js';
import { DurableHandlers } from './jetstream/durable-handlers.js';
import { JetStreamPublisher } from './jetstream/jetstream-publisher.js';
import { JetStreamServer } from './jetstream/jetstream-server.js';
import { Topology } from './jetstream/topology.js';
import { NatsLink } from './link/nats-link.js';
import { LiveClient } from './live/live-client.js';
import { LiveServer } from './live/live-server.js';
import { RpcClient } from './rpc/rpc-client.js';
import { RpcServer } from './rpc/rpc-server.js';

export interface MessagingOptions {
  readonly service: ServiceName;
  readonly natsUrl: string;
  readonly natsCredsFile?: string | undefined;
  readonly natsTlsCaFile?: string | undefined;
  /** How many NATS servers store each stream. Default 1. */
  readonly natsReplicas?: number | undefined;
  readonly dataKeys: DataKeys;
}

/** The service's name in queue groups, durables and event sources. */
export abstract class MessagingIdentity {
  abstract readonly service: ServiceName;
}

/** Provides a service's NATS connection, publisher, clients and codec. The module is global. */
@Module({})
export class MessagingModule {
  static forService(options: MessagingOptions): DynamicModule {
    const { service, natsUrl, natsCredsFile, natsTlsCaFile, natsReplicas = 1, dataKeys } = options;
    const providers: Provider[] = [
      { provide: MessagingIdentity, useValue: { service } },
      { provide: MessageCodec, useValue: new MessageCodec(dataKeys) },
      { provide: DurableHandlers, useValue: new DurableHandlers() },
      { provide: Topology, useValue: new Topology(natsReplicas) },
      { provide: NatsLink, useFactory: () => linkTo({ service, natsUrl, natsCredsFile, natsTlsCaFile }) },
      {
        provide: JetStreamPublisher,
        useFactory: (link: NatsLink, topology: Topology) => new JetStreamPublisher(link, topology),
        inject: [NatsLink, Topology],
      },
      { provide: RpcClient, useFactory: (link: NatsLink) => new RpcClient(link), inject: [NatsLink] },
      { provide: LiveClient, useFactory: (link: NatsLink) => new LiveClient(link), inject: [NatsLink] },
    ];
    return { module: MessagingModule, global: true, providers, exports: providers };
  }
}

/**
 * Adds the servers for durable messages, requests and live messages to an application that is not initialised
 * yet. `app.startAllMicroservices()` starts them and does not wait for NATS. Needs a provider of
 * `FailedMessages`.
 */
export function connectMessaging(app: INestApplication): void {
  const link = app.get(NatsLink);
  const { service } = app.get(MessagingIdentity);
  const server = new JetStreamServer({
    service,
    link,
    topology: app.get(Topology),
    codec: app.get(MessageCodec),
    failedMessages: app.get(FailedMessages, { strict: false }),
    handlers: app.get(DurableHandlers),
  });
  app.connectMicroservice({ strategy: server });
  app.connectMicroservice({ strategy: new RpcServer(link, service) });
  app.connectMicroservice({ strategy: new LiveServer(link, service) });
}

function linkTo(
  options: Pick<MessagingOptions, 'service' | 'natsUrl' | 'natsCredsFile' | 'natsTlsCaFile'>,
): NatsLink {
  const link = new NatsLink({
    name: options.service,
    url: options.natsUrl,
    credsFile: options.natsCredsFile,
    tlsCaFile: options.natsTlsCaFile,
  });
  link.start();
  return link;
}
