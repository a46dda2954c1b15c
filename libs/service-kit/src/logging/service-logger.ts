import type { LoggerService } from '@nestjs/common';
import { Logger as NestPinoLogger, PinoLogger } from 'nestjs-pino';
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

import type { LoggingEnv } from '../env/base-env.js';
import { prettyLine } from './pretty-line.js';
import { redactFields, scrubLine } from './redaction.js';

const STDOUT = 1;

/** The contexts of Nest's set-up messages, one for every module and route, which are logged at debug level. */
const FRAMEWORK_CONTEXTS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Contexts under which Nest logs a start-up error that it then throws. */
const RETHROWN_CONTEXTS = new Set(['ExceptionHandler', 'NestApplication']);

/**
 * Makes the logger of a process: one line per record, with the service's name and never a phone number, a body, a code
 * or a credential. It writes synchronously, so that the last line before an exit is not lost.
 */
export function createLogger(
  service: string,
  { LOG_LEVEL, LOG_FORMAT }: LoggingEnv,
  output: DestinationStream = destination({ dest: STDOUT, sync: true }),
): Logger {
  const format = LOG_FORMAT === 'pretty' ? prettyLine : (line: string) => line;
  return pino(
    {
      level: LOG_LEVEL,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }), log: redactFields },
      serializers: { err: (described: unknown) => described },
    },
    { write: (line: string) => output.write(format(scrubLine(line))) },
  );
}

/** Puts the logger behind Nest's `Logger`. Set-up messages go to debug; start-up errors are left to `startService`. */
export function nestLogger(logger: Logger): LoggerService {
  return new ServiceNestLogger(new GivenPinoLogger(logger), { pinoHttp: { logger } });
}

/** Writes to the given logger; nestjs-pino writes to the first logger of its process. */
class GivenPinoLogger extends PinoLogger {
  constructor(private readonly given: Logger) {
    super({ pinoHttp: { logger: given } });
  }

  override get logger(): Logger {
    return this.given;
  }
}

class ServiceNestLogger extends NestPinoLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (FRAMEWORK_CONTEXTS.has(String(rest.at(-1)))) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (!RETHROWN_CONTEXTS.has(String(rest.at(-1)))) super.error(message, ...rest);
  }
}
