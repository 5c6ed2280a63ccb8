import type { Fetcher, FetcherOpts, FetcherParams } from '@graphiql/toolkit';
import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  introspectionFromSchema,
  Kind,
  OperationTypeNode,
  parse,
} from 'graphql';
import type { Answer, Operation } from '../gateway/gateway.js';
import { type HttpGateway, SchemaRefused } from '../gateway/http-gateway.js';
import { ChosenFiles } from '../uploads/chosen-files.js';
import { withAttachments } from '../uploads/multipart.js';
import { uploadSlots } from '../uploads/upload-slots.js';
import { Runs } from './runs.js';

const UNREADABLE: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };

interface Asked {
  readonly operation: Operation;
  readonly document: DocumentNode;
}

/** What the page's parts share: who is asked, the files and the last run of each tab. */
export class Session {
  readonly files = new ChosenFiles();
  readonly runs = new Runs();
  private activeTab = '';
  private schema: GraphQLSchema | null = null;

  /** @param onKeysNeeded Called with the gateway's words when it tells nothing without a token or a key. */
  constructor(
    private readonly gateway: HttpGateway,
    private readonly onKeysNeeded: (why: string) => void,
  ) {}

  /** What is run from now on is run in this tab. */
  lookAt(tabId: string): void {
    this.activeTab = tabId;
  }

  /** Forgets what belongs to tabs that are closed. */
  keepOnly(tabIds: readonly string[]): void {
    this.files.keepOnly(tabIds);
    this.runs.keepOnly(tabIds);
  }

  /** What GraphiQL sends its operations with. Its type has errors as objects of a server, where they are JSON in truth. */
  readonly fetcher = ((params, options) => this.send(params, options)) as Fetcher;

  private send(params: FetcherParams, options?: FetcherOpts) {
    const headers = readHeaders(options?.headers);
    // GraphiQL asks for the schema in this way, and names no document then.
    if (params.operationName === 'IntrospectionQuery' && !options?.documentAST)
      return this.introspect(headers);
    const asked = readAsked(params, headers);
    const { document, operation } = asked;
    const kind = getOperationAST(document, operation.operationName)?.operation;
    return kind === OperationTypeNode.SUBSCRIPTION ? this.follow(asked) : this.execute(asked);
  }

  private async introspect(headers: Record<string, string>) {
    try {
      this.schema = await this.gateway.schema(headers);
      return { data: introspectionFromSchema(this.schema) };
    } catch (error) {
      this.schema = null;
      if (error instanceof SchemaRefused && error.needsKeys) this.onKeysNeeded(error.message);
      throw error;
    }
  }

  private async execute({ operation, document }: Asked): Promise<Answer> {
    const { activeTab } = this;
    const answered = this.begin(operation, document);
    const definition = getOperationAST(document, operation.operationName);
    const slots = definition ? uploadSlots(this.schema, definition, operation.variables) : [];
    const { variables, attachments } = withAttachments(
      operation.variables ?? {},
      slots,
      this.files.get(activeTab),
    );
    const answer = await orErrors(this.gateway.execute({ ...operation, variables }, attachments));
    answered(answer);
    return answer;
  }

  private follow({ operation, document }: Asked): AsyncIterableIterator<Answer> {
    const answered = this.begin(operation, document);
    const results = this.gateway.subscribe(operation);
    let isAnswered = false;
    return {
      async next() {
        const result = await results.next().catch((error) => ({ value: errorsOf(error), done: false }));
        if (!result.done || !isAnswered) answered(result.value ?? {});
        isAnswered = true;
        return result;
      },
      async return() {
        // Stopped before there was anything: nothing is under way any more.
        if (!isAnswered) answered({});
        return results.return?.() ?? { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  private begin({ operationName = null, headers = {} }: Operation, document: DocumentNode) {
    return this.runs.begin(this.activeTab, { document, operationName, headers });
  }
}

/** A document that cannot be read is the gateway's to refuse. */
function readAsked(
  { query, operationName, variables }: FetcherParams,
  headers: Record<string, string>,
): Asked {
  const operation = { query, operationName: operationName ?? null, variables: Object(variables), headers };
  try {
    return { operation, document: parse(query) };
  } catch {
    return { operation, document: UNREADABLE };
  }
}

function readHeaders(headers: Record<string, unknown> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
}

const errorsOf = (error: unknown): Answer => ({
  errors: [{ message: error instanceof Error ? error.message : String(error) }],
});

/** What kept an operation from its answer is told where the answer would be. */
const orErrors = (answer: Promise<Answer>): Promise<Answer> => answer.catch(errorsOf);
