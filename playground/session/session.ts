import type { Fetcher, FetcherOpts, FetcherParams } from '@graphiql/toolkit';
import { type GraphQLSchema, introspectionFromSchema, OperationTypeNode } from 'graphql';
import type { PageStorage } from '../browser-storage.js';
import type { Answer } from '../gateway/gateway.js';
import { type HttpGateway, SchemaRefused } from '../gateway/http-gateway.js';
import { ChosenFiles } from '../uploads/chosen-files.js';
import { withAttachments } from '../uploads/multipart.js';
import { uploadSlots } from '../uploads/upload-slots.js';
import { type Asked, readAsked, readHeaders } from './asked.js';
import { once, told } from './results.js';
import { Runs } from './runs.js';
import { Samples } from './samples.js';

/** Sent without them it would be another operation than the person means. */
const NO_PLACE =
  'Not sent: it has files, and without the schema, which this gateway does not tell, nobody knows where in the variables they belong.';

/** What the person looks at. */
interface View {
  readonly tabId: string;
  /** By which the files are shown, and so are sent; null while it is not known. */
  readonly schema: GraphQLSchema | null;
}

/** What the page's parts share: who is asked, the files and the last run of each tab. */
export class Session {
  readonly files = new ChosenFiles();
  readonly runs = new Runs();
  readonly samples: Samples;
  readonly #gateway: HttpGateway;
  readonly #onKeysNeeded: (why: string) => void;
  #view: View = { tabId: '', schema: null };
  #schemaRequests = 0;

  /**
   * @param local Where is remembered whose files are the person's own.
   * @param onKeysNeeded Called with the gateway's words when it tells nothing without a token or a key.
   */
  constructor(gateway: HttpGateway, local: PageStorage, onKeysNeeded: (why: string) => void) {
    this.#gateway = gateway;
    this.#onKeysNeeded = onKeysNeeded;
    this.samples = new Samples(this.files, local);
  }

  /** What is run from now on is run in this tab. */
  lookAt(view: View): void {
    this.#view = view;
  }

  /** Forgets what belongs to tabs that are closed. */
  keepOnly(tabIds: readonly string[]): void {
    this.files.keepOnly(tabIds);
    this.samples.keepOnly(tabIds);
    this.runs.keepOnly(tabIds);
  }

  /** What GraphiQL sends its operations with. Its type has errors as objects of a server, where they are JSON in truth. */
  readonly fetcher = ((params, options) => this.#send(params, options)) as Fetcher;

  #send(params: FetcherParams, options?: FetcherOpts) {
    // GraphiQL asks for the schema in this way, and names no document then.
    if (params.operationName === 'IntrospectionQuery' && !options?.documentAST)
      return this.#introspect(readHeaders(options?.headers));
    return this.#run(readAsked(params, options?.headers));
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

  #run(asked: Asked): AsyncIterableIterator<Answer> {
    const { operation, document, definition } = asked;
    const { operationName = null, headers = {} } = operation;
    const answered = this.runs.begin(this.#view.tabId, { document, operationName, headers });
    if (definition?.operation === OperationTypeNode.SUBSCRIPTION) {
      const results = this.#gateway.subscribe(operation);
      return told(results, { answered, stop: () => void results.return?.(), goesOn: false });
    }
    const ending = new AbortController();
    const view = this.#view;
    const results = once(() => this.#execute(asked, view, ending.signal));
    // A mutation that has been sent is done all the same, so its outcome must not be lost.
    const goesOn = definition?.operation === OperationTypeNode.MUTATION;
    return told(results, { answered, stop: () => ending.abort(), goesOn });
  }

  async #execute({ operation, definition }: Asked, { tabId, schema }: View, ending: AbortSignal) {
    const slots = definition ? uploadSlots(schema, definition, operation.variables) : [];
    const files = this.samples.withoutUnwanted(this.files.get(tabId), slots);
    const { variables, attachments } = withAttachments(operation.variables ?? {}, slots, files);
    if (schema === null && files.size > 0 && attachments.length === 0) throw new Error(NO_PLACE);
    return this.#gateway.execute({ ...operation, variables }, attachments, ending);
  }
}
