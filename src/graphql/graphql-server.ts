import type { ApolloServer } from '@apollo/server';
import {
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  Kind,
  type OperationTypeNode,
  subscribe,
} from 'graphql';
import type { Log } from '../domain/log.js';
import { createApolloServer } from './apollo.js';
import type { RequestContext } from './context.js';
import { Documents, type DocumentsOptions } from './documents.js';
import { type ErrorFormatter, errorFormatter, withoutHints } from './error-mapping.js';
import { limitError } from './limits/limits.js';
import {
  OperationRejectedError,
  type OperationRequest,
  parseOperationRequest,
  rejected,
} from './operation-request.js';
import type { ParsedDocument, ParsedOperation } from './parsed-document.js';
import { type RawResult, ResultStream, type SubscriptionContext } from './result-stream.js';

export interface GraphQLServerOptions extends Omit<DocumentsOptions, 'formatError'> {
  readonly log: Log;
  /** Counts an operation by its type and by the code of its first error, or `ok`. */
  readonly count?: (type: OperationTypeNode | 'unknown', outcome: unknown) => void;
}

/** Operation whose document was found. */
export interface FoundOperation {
  readonly request: OperationRequest;
  readonly document: ParsedDocument;
  readonly operation: ParsedOperation | null;
  /** Type of the operation, or `query` if the document does not contain it. */
  readonly type: `${OperationTypeNode}`;
}

/** Valid operation within the limits. */
export interface ExecutableOperation {
  readonly type: OperationTypeNode;
  readonly document: ParsedDocument;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface OperationResult {
  /** HTTP status of the response. */
  readonly status: number;
  readonly result: FormattedExecutionResult;
}

/**
 * Processes the operations of all transports in three steps: `find`, `check`, and `execute` or `stream`. A transport waits for
 * admission before `check`, because validation is expensive.
 */
export class GraphQLServer {
  readonly #options: GraphQLServerOptions;
  readonly #documents: Documents;
  readonly #apollo: ApolloServer<RequestContext>;
  readonly #formatError: ErrorFormatter;

  constructor(options: GraphQLServerOptions) {
    const { log, introspection } = options;
    const formatError = errorFormatter(log);
    this.#options = options;
    this.#formatError = introspection ? formatError : withoutHints(formatError);
    this.#documents = new Documents({ ...options, formatError: (error) => this.#format(error) });
    this.#apollo = createApolloServer({
      ...options,
      documents: this.#documents,
      formatError: this.#formatError,
      present: (error) => this.#shown(error),
    });
  }

  get schema(): GraphQLSchema {
    return this.#options.schema;
  }

  async start(): Promise<void> {
    await this.#apollo.start();
    // Apollo Server loads code on its first operation.
    await this.#apollo.executeOperation({ query: '{ __typename }' });
  }

  stop(): Promise<void> {
    return this.#apollo.stop();
  }

  /**
   * Finds the operation that a request names.
   * @throws OperationRejectedError
   */
  find(body: unknown): FoundOperation {
    return this.#counted('unknown', () => {
      const request = parseOperationRequest(body);
      const document = this.#documents.find(request);
      const operation = document.operation(request.operationName || undefined);
      return { request, document, operation, type: operation?.type ?? 'query' };
    });
  }

  /**
   * Checks that an operation is valid and that it is within the limits with its variables.
   * @throws OperationRejectedError
   */
  check({ request, document, operation }: FoundOperation): ExecutableOperation {
    this.#counted('unknown', () => this.#documents.validate(document));
    return this.#counted(operation?.type ?? 'unknown', () => {
      const operationName = request.operationName || undefined;
      if (!operation) throw unresolved(operationName);
      const variables = request.variables ?? {};
      const cost = operation.cost(variables);
      const { limits } = this.#options;
      if (cost > limits.cost)
        throw rejected(this.#format(limitError('cost', limits.cost, cost)), 'not-executable');
      this.#documents.persist(request, document);
      return { type: operation.type, document, operationName, variables };
    });
  }

  /** Executes a query or a mutation. */
  async execute(operation: ExecutableOperation, contextValue: RequestContext): Promise<OperationResult> {
    const { document, operationName, variables } = operation;
    const { body, http } = await this.#apollo.executeOperation(
      { query: document.source, variables, ...(operationName && { operationName }) },
      { contextValue },
    );
    if (body.kind !== 'single') throw new Error('Incremental results are not supported.');
    const { data, errors } = body.singleResult;
    this.#count(operation.type, errors);
    const result = { ...(errors && { errors }), ...(data !== undefined && { data }) };
    return { status: http.status ?? 200, result };
  }

  /**
   * Executes an operation as a stream of results, which starts when the first one is requested. If a subscription fails, its
   * error is the last result.
   * @throws OperationRejectedError from `next`, for a query or mutation without data.
   */
  stream<R>(
    operation: ExecutableOperation,
    context: SubscriptionContext,
    present: (result: FormattedExecutionResult) => R,
  ): ResultStream<R> {
    const format = ({ data, errors }: RawResult) =>
      present({
        ...(errors && { errors: errors.map((error) => this.#shown(error)) }),
        ...(data !== undefined && { data }),
      });
    if (operation.type !== 'subscription')
      return new ResultStream({ context, format, open: async () => this.#single(operation, context) });
    this.#count(operation.type);
    return new ResultStream({
      context,
      isStillAuthorized: () => context.isStillAuthorized(),
      format,
      open: () => this.#subscribe(operation, context),
      onError: (error) => present({ errors: [this.#formatError({ message: '' }, error)] }),
    });
  }

  #shown(error: GraphQLError | GraphQLFormattedError): GraphQLFormattedError {
    return error instanceof GraphQLError ? this.#format(error, defaultCode(error)) : error;
  }

  async *#single(operation: ExecutableOperation, context: SubscriptionContext) {
    const { result } = await this.execute(operation, context.newContext());
    if (result.data === undefined) throw new OperationRejectedError(result.errors ?? [], 'not-executable');
    yield result;
  }

  async #subscribe(operation: ExecutableOperation, context: SubscriptionContext) {
    const { schema, log } = this.#options;
    const { document, operationName, variables: variableValues } = operation;
    log.debug({}, 'Subscription started.');
    context.abortController.signal.addEventListener('abort', () => log.debug({}, 'Subscription ended.'));
    const events = await subscribe({
      schema,
      document: document.ast,
      operationName,
      variableValues,
      // Each event gets a fresh context. A shared one caches its reads and would return old values.
      get contextValue() {
        return context.newContext();
      },
    });
    return Symbol.asyncIterator in events ? events : once(events);
  }

  #format(error: GraphQLError, code = 'GRAPHQL_VALIDATION_FAILED'): GraphQLFormattedError {
    return this.#formatError({ ...error.toJSON(), extensions: { code, ...error.extensions } }, error);
  }

  #counted<T>(type: OperationTypeNode | 'unknown', check: () => T): T {
    try {
      return check();
    } catch (error) {
      if (error instanceof OperationRejectedError) this.#count(type, error.errors);
      throw error;
    }
  }

  #count(type: OperationTypeNode | 'unknown', errors?: readonly GraphQLFormattedError[]): void {
    this.#options.count?.(type, errors ? errors[0]?.extensions?.code : 'ok');
  }
}

async function* once<T>(value: T): AsyncGenerator<T, void, void> {
  yield value;
}

function unresolved(operationName: string | undefined): OperationRejectedError {
  const message =
    operationName === undefined
      ? 'Must provide operation name if query contains multiple operations.'
      : `Unknown operation named "${operationName}".`;
  return rejected({ message, extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }, 'not-executable');
}

/** Returns the code that Apollo Server reports for an error without a code. */
function defaultCode({ nodes, path }: GraphQLError): string {
  const isOfVariable = !path && nodes?.length === 1 && nodes[0]?.kind === Kind.VARIABLE_DEFINITION;
  return isOfVariable ? 'BAD_USER_INPUT' : 'INTERNAL_SERVER_ERROR';
}
