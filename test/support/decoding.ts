import { type Upstream, UpstreamError } from '../../src/domain/upstream-error.js';
import { type Decoder, decode } from '../../src/upstream/decode.js';

interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

interface Call {
  readonly upstream?: Upstream;
  readonly method?: string;
}

/** Decodes a response, by default to `GET /objects` of Astria. Returns the result or error, and the log lines. */
export function decodeLogged<T>(decoder: Decoder<T>, value: unknown, call: Call = {}) {
  const logged: LogLine[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    logged.push({ level, fields: { ...fields }, message });
  };
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  try {
    const from = { upstream: 'astria', endpoint: 'GET /objects', log, ...call } as const;
    return { data: decode(decoder, value, from), error: null, logged };
  } catch (error) {
    if (error instanceof UpstreamError) return { data: null, error, logged };
    throw error;
  }
}

/** Decodes a value that must be valid. */
export function decoded<T>(decoder: Decoder<T>, value: unknown, upstream: Upstream = 'astria'): T {
  const { data, error } = decodeLogged(decoder, value, { upstream });
  if (error) throw error;
  return data;
}

/** Decodes a value that must be rejected. */
export function refused(decoder: Decoder<unknown>, value: unknown, call?: Call) {
  const { error, logged } = decodeLogged(decoder, value, call);
  if (!error) throw new Error('The value was decoded.');
  return { error, logged, field: logged.at(-1)?.fields.field };
}
