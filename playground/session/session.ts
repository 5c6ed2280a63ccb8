import type { Fetcher, FetcherOpts, FetcherParams } from '@graphiql/toolkit';
import { type GraphQLSchema, introspectionFromSchema, OperationTypeNode } from 'graphql';
import type { PageStorage } from '../browser-storage.js';
import type { GatewayResult } from '../gateway/gateway.js';
import { type HttpGateway, SchemaRefused } from '../gateway/http-gateway.js';
import { ChosenFiles } from '../uploads/chosen-files.js';
import { withAttachments } from '../uploads/multipart.js';
import { uploadSlots } from '../uploads/upload-slots.js';
import { type ParsedRequest, parseRequest, readHeaders } from './parse-request.js';
import { resultIterator, singleResult } from './results.js';
import { Runs } from './runs.js';
import { Samples } from './samples.js';

/** Error message for files without a known variable. Sending the operation without them would change its meaning. */
const UNKNOWN_VARIABLES =
  'The operation was not sent. The gateway hides its schema, so only variables of type Upload can have files. Use such variables.';

/** Current tab and schema. */
interface View {
  readonly tabId: string;
  /** Schema that determines the files, or null while it is unknown. */
  readonly schema: GraphQLSchema | null;
}

/** State that the parts of the page share: the gateway, the files and the last run of each tab. */
export class Session {
  readonly files = new ChosenFiles();
  readonly runs = new Runs();
  readonly samples: Samples;
  readonly #gateway: HttpGateway;
  readonly #onKeysNeeded: (why: string) => void;
  #view: View = { tabId: '', schema: null };
  #schemaRequests = 0;

  /**
   * @param local Storage that remembers the tabs with files of the user.
   * @param onKeysNeeded Receives the gateway's message when it requires a token or key.
   */
  constructor(gateway: HttpGateway, local: PageStorage, onKeysNeeded: (why: string) => void) {
    this.#gateway = gateway;
    this.#onKeysNeeded = onKeysNeeded;
    this.samples = new Samples(this.files, local);
  }

  /** Sets the tab of later runs. */
  lookAt(view: View): void {
    this.#view = view;
  }

  /** Removes the state of closed tabs. */
  keepOnly(tabIds: readonly string[]): void {
    this.files.keepOnly(tabIds);
    this.samples.keepOnly(tabIds);
    this.runs.keepOnly(tabIds);
  }

  /** Fetcher for GraphiQL. The cast is necessary because GraphiQL's type has error objects instead of JSON. */
  readonly fetcher = ((params, options) => this.#send(params, options)) as Fetcher;

  #send(params: FetcherParams, options?: FetcherOpts) {
    // GraphiQL requests the schema like this, without a document.
    if (params.operationName === 'IntrospectionQuery' && !options?.documentAST)
      return this.#introspect(readHeaders(options?.headers));
    return this.#run(parseRequest(params, options?.headers));
  }

  async #introspect(headers: Record<string, string>) {
    this.#schemaRequests += 1;
    const request = this.#schemaRequests;
    try {
      return { data: introspectionFromSchema(await this.#gateway.schema(headers)) };
    } catch (error) {
      const isNewest = request === this.#schemaRequests;
      if (isNewest && error instanceof SchemaRefused && error.needsKeys) this.#onKeysNeeded(error.message);
      // GraphiQL shows all fields of an error.
      throw new Error(error instanceof Error ? error.message : String(error));
    }
  }

  #run(request: ParsedRequest): AsyncIterableIterator<GatewayResult> {
    const { operation, document, definition } = request;
    const { operationName = null, headers = {} } = operation;
    const onResult = this.runs.begin(this.#view.tabId, { document, operationName, headers });
    if (definition?.operation === OperationTypeNode.SUBSCRIPTION) {
      const results = this.#gateway.subscribe(operation);
      return resultIterator(results, {
        onResult,
        stop: () => void results.return?.(),
        continuesAfterStop: false,
      });
    }
    const controller = new AbortController();
    const view = this.#view;
    const results = singleResult(() => this.#execute(request, view, controller.signal));
    // A sent mutation has an effect even if it is stopped, so its outcome must not be lost.
    const continuesAfterStop = definition?.operation === OperationTypeNode.MUTATION;
    return resultIterator(results, { onResult, stop: () => controller.abort(), continuesAfterStop });
  }

  async #execute({ operation, definition }: ParsedRequest, { tabId, schema }: View, signal: AbortSignal) {
    const slots = definition ? uploadSlots(schema, definition, operation.variables) : [];
    const files = this.samples.withoutUnwanted(this.files.get(tabId), slots);
    const { variables, attachments } = withAttachments(operation.variables ?? {}, slots, files);
    if (schema === null && files.size > 0 && attachments.length === 0) throw new Error(UNKNOWN_VARIABLES);
    return this.#gateway.execute({ ...operation, variables }, attachments, signal);
  }
}
