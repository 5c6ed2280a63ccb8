import { type DestinationStream, destination, pino } from 'pino';
import type { Config } from './config.js';
import type { Log } from './domain/log.js';

/** Fields that can contain a credential. They are redacted at the top level and one level below it. */
const SECRET_FIELDS = [
  'authorization',
  'key',
  'apiKey',
  'token',
  'headers',
  'x-astria-api-key',
  'x-portkey-api-key',
];

/** Creates a logger that writes JSON lines to standard error. Standard output is for people and pipes. */
export function createLog(level: Config['logLevel'], output: DestinationStream = destination(2)): Log {
  const paths = SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`]);
  return pino({ level, base: null, redact: { paths, censor: '[redacted]' } }, output);
}
