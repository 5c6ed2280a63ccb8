import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
} from 'graphql';
import type { Log } from '../domain/log.js';
import type { RequestContext } from './context.js';
import { errorFormatter } from './error-mapping.js';

/** A subscription that has been parsed and validated, and not begun. */
export interface Subscription {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly showsSchema: boolean;
}

export type ResultStream = AsyncGenerator<FormattedExecutionResult, void, void>;

/** Who asks, as a stream needs it. */
export interface StreamCaller {
  /**
   * A context of its own for every event: what a context has read it keeps, so that a stream with only one would show the
   * same old values again and again.
   */
  readonly newContext: () => RequestContext;
  /** Whether it would still be let in: a stream can go on for longer than a token is good for. */
  readonly isAdmitted: () => boolean;
  /** Ends the stream when it is aborted, and is aborted when it has ended; the contexts have its signal. */
  readonly ending: AbortController;
}

/** How often it is looked whether the caller of a stream in which nothing happens would still be let in. */
const LOOK_MS = 2_000;
/** Said to a caller whose token has ended meanwhile. */
export const NOT_ADMITTED = {
  message: 'the token is not good any more: send another one',
  extensions: { code: 'UNAUTHENTICATED' },
};

/** What a subscription gives, event by event. */
export async function* events(
  subscription: Subscription,
  { newContext, isAdmitted, ending: { signal } }: StreamCaller,
  log: Log,
): ResultStream {
  const { variables: variableValues, showsSchema: _, ...operation } = subscription;
  const toClient = errorFormatter(log);
  const show = (error: GraphQLError) => toClient(withCode(error), error);
  const faults = variableErrors(subscription);
  if (faults.length > 0) return yield { errors: faults.map(show) };
  const run = { ...operation, variableValues };
  log.debug({}, 'subscription began');
  try {
    const source = await createSourceEventStream({ ...run, contextValue: newContext() });
    if (!isIterable(source)) {
      if (!signal.aborted) yield { errors: (source.errors ?? []).map(show) };
      return;
    }
    for await (const rootValue of endingWith(source, signal, isAdmitted)) {
      if (!isAdmitted()) break;
      const { data, errors } = await execute({ ...run, rootValue, contextValue: newContext() });
      if (signal.aborted) return;
      yield { ...(errors && { errors: errors.map(show) }), ...(data !== undefined && { data }) };
    }
    if (!signal.aborted && !isAdmitted()) yield { errors: [NOT_ADMITTED] };
  } catch (error) {
    // What fails because nobody listens any more is no fault.
    if (!signal.aborted) yield { errors: [toClient({ message: '' }, error)] };
  } finally {
    log.debug({}, 'subscription ended');
  }
}

const isIterable = (source: AsyncIterable<unknown> | ExecutionResult): source is AsyncIterable<unknown> =>
  Symbol.asyncIterator in source;

/**
 * The events of a source, which is told at once of the end: a loop tells it only when the next event has come. It is looked
 * now and then whether the caller would still be let in, as the next event may never come.
 */
async function* endingWith(source: AsyncIterable<unknown>, signal: AbortSignal, isAdmitted: () => boolean) {
  const iterator = source[Symbol.asyncIterator]();
  const leave = () => void iterator.return?.().catch(() => {});
  signal.addEventListener('abort', leave, { once: true });
  const look = setInterval(() => {
    if (!isAdmitted()) leave();
  }, LOOK_MS);
  try {
    while (!signal.aborted) {
      const { value, done } = await iterator.next();
      if (done) return;
      yield value;
    }
  } finally {
    clearInterval(look);
    signal.removeEventListener('abort', leave);
    leave();
  }
}

/** As Apollo Server reports them for a query. */
function variableErrors(subscription: Subscription): GraphQLError[] {
  const { schema, document, operationName, variables, showsSchema } = subscription;
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const options = { maxErrors: 50, hideSuggestions: !showsSchema };
  const { errors = [] } = getVariableValues(schema, definitions, variables, options);
  return errors.map(
    (error) =>
      new GraphQLError(error.message, {
        ...(error.nodes && { nodes: error.nodes }),
        extensions: { code: 'BAD_USER_INPUT' },
      }),
  );
}

function withCode(error: GraphQLError): GraphQLFormattedError {
  return { ...error.toJSON(), extensions: { code: 'INTERNAL_SERVER_ERROR', ...error.extensions } };
}
