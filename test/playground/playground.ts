import type { ConsoleMessage, Locator, Page, Request } from 'playwright-core';
import { until } from '../support/gateway.js';

/** Request that the page sent. */
export interface SeenRequest {
  readonly url: string;
  /** `GET`, `POST`, .., or `WebSocket`. */
  readonly method: string;
  /** `script`, `fetch`, `image`, .., or `websocket`. */
  readonly type: string;
}

/** JSON contents of the response editor. */
export interface ShownAnswer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];
}

export type EditorName = 'query' | 'variables' | 'headers' | 'response';

const FILES: Record<EditorName, string> = {
  query: 'operation.graphql',
  variables: 'variables.json',
  headers: 'request-headers.json',
  response: 'response.json',
};

interface EditorModel {
  readonly uri: { readonly path: string };
  getValue(): string;
  setValue(text: string): void;
}

/** Globals that GraphiQL sets on the page. */
interface EditorGlobals {
  readonly __MONACO?: { readonly editor: { getModels(): EditorModel[] } };
}

const PATIENCE_MS = 30_000;
/** Files that the page loads last: the schema, the icons and the workers of the editors. */
const LOADED_LAST = [
  /schema\.graphql$/,
  /codicon.*ttf$/,
  /editor\.worker/,
  /json\.worker/,
  /graphql\.worker/,
];

/** Playground in a browser, with all its requests and problems. */
export class Playground {
  readonly requests: SeenRequest[] = [];
  readonly #asked: Request[] = [];
  #faults: string[] = [];

  /** @param allowed URL prefixes that the page may request. */
  constructor(
    readonly page: Page,
    readonly allowed: readonly string[],
  ) {
    const context = page.context();
    context.on('request', (request) => {
      this.#asked.push(request);
      this.#see({ url: request.url(), method: request.method(), type: request.resourceType() });
    });
    context.on('console', (message) => this.#hear(message));
    context.on('weberror', (error) => this.#faults.push(`uncaught: ${error.error()}`));
    page.on('websocket', (socket) => {
      this.#see({ url: socket.url(), method: 'WebSocket', type: 'websocket' });
    });
    // Playwright enables interception with the first listener. Register one early, since that takes a moment.
    page.on('filechooser', () => {});
    page.on('crash', () => this.#faults.push('the page crashed'));
  }

  /** Opens the page and waits until its query editor accepts input. */
  async load(): Promise<void> {
    await this.page.goto('/');
    await this.ready();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  async ready(): Promise<void> {
    await this.queryInput.waitFor({ state: 'attached' });
  }

  /** Element that has the focus while a user types into the query editor. */
  get queryInput(): Locator {
    return this.page.locator('.graphiql-query-editor .monaco-editor textarea');
  }

  /**
   * Returns and clears the problems so far: requests to foreign URLs, uncaught errors, console errors and warnings,
   * violations of the content security policy included. A test that provokes problems takes and checks them itself.
   */
  takeFaults(): string[] {
    const faults = this.#faults;
    this.#faults = [];
    return faults;
  }

  /** Returns the contents of an editor. */
  text(editor: EditorName): Promise<string> {
    return this.page.evaluate((file) => {
      const { __MONACO: monaco } = globalThis as EditorGlobals;
      const model = monaco?.editor.getModels().find(({ uri }) => uri.path.endsWith(file));
      return model?.getValue() ?? '';
    }, FILES[editor]);
  }

  /** Replaces the contents of an editor, like a paste over everything. */
  async setText(editor: EditorName, text: string): Promise<void> {
    await this.page.evaluate(
      ([file, value]) => {
        const { __MONACO: monaco } = globalThis as EditorGlobals;
        const model = monaco?.editor.getModels().find(({ uri }) => uri.path.endsWith(file));
        model?.setValue(value);
      },
      [FILES[editor], text] as const,
    );
    if (editor === 'query') await this.#read();
  }

  /** Returns the titles of the tabs, from left to right. */
  async tabNames(): Promise<string[]> {
    const names = await this.page.locator('.graphiql-tab-button').allTextContents();
    return names.map((name) => name.trim());
  }

  /** Opens the tab with this title, and waits until GraphiQL has read its query. */
  async openTab(name: string): Promise<void> {
    const tab = this.page.locator('.graphiql-tab', { has: this.page.getByText(name, { exact: true }) });
    const active = tab.and(this.page.locator('.graphiql-tab-active'));
    if ((await active.count()) > 0) return;
    await tab.locator('.graphiql-tab-button').click();
    await active.waitFor();
    await this.#read();
  }

  get executeButton(): Locator {
    return this.page.locator('.graphiql-execute-button');
  }

  /** Presses the run button, and chooses the operation if the query has several. Does not wait for the response. */
  async start(operationName?: string): Promise<void> {
    await this.setText('response', '');
    await this.executeButton.click();
    if (operationName !== undefined)
      await this.page.getByRole('menuitem', { name: operationName, exact: true }).click();
  }

  /** Runs an operation to its end. @returns The final contents of the response editor. */
  async run(operationName?: string): Promise<ShownAnswer> {
    await this.start(operationName);
    return this.answer(() => true);
  }

  /** Writes an operation into the editors, and runs it to its end. */
  async ask(
    query: string,
    { variables = {}, headers = {} }: { readonly variables?: object; readonly headers?: object } = {},
  ): Promise<ShownAnswer> {
    await this.setText('query', query);
    await this.setText('variables', JSON.stringify(variables));
    await this.setText('headers', JSON.stringify(headers));
    return this.run();
  }

  /** Waits until the run has ended and its response meets the condition. */
  async answer(holds: (answer: ShownAnswer) => boolean): Promise<ShownAnswer> {
    const read = async () => ({
      label: await this.executeButton.getAttribute('aria-label'),
      text: await this.text('response'),
    });
    const { text } = await until(
      read,
      (shown) => shown.label?.startsWith('Execute') === true && shown.text !== '' && holds(parse(shown.text)),
      PATIENCE_MS,
    );
    return parse(text);
  }

  /** Waits until a first visit has loaded everything. @returns The number of bytes transferred. */
  async transferred(): Promise<number> {
    await until(
      () => this.requests.map(({ url }) => url),
      (urls) => LOADED_LAST.every((part) => urls.some((url) => part.test(url))),
      PATIENCE_MS,
    );
    const sizes = await Promise.all(this.#asked.map(sizeOf));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** Waits until GraphiQL, which debounces its query editor, has saved the query. */
  async #read(): Promise<void> {
    const query = await this.text('query');
    await until(
      () => this.page.evaluate<string | null>('localStorage.getItem("graphiql:tabState")'),
      (kept) => queryKept(kept) === query,
      PATIENCE_MS,
    );
  }

  #see(request: SeenRequest): void {
    if (/^(?:data|blob):/.test(request.url)) return;
    this.requests.push(request);
    const address = request.url.replace(/^ws/, 'http');
    if (!this.allowed.some((start) => address.startsWith(start)))
      this.#faults.push(`foreign request: ${request.method} ${request.url}`);
  }

  #hear(message: ConsoleMessage): void {
    const type = message.type();
    if (type === 'error' || type === 'warning')
      this.#faults.push(`console ${type}: ${message.text()} (${message.location().url})`);
  }
}

/** Returns the saved query of the active tab. */
function queryKept(tabState: string | null): string | null {
  const { tabs, activeTabIndex }: { tabs?: { query: string | null }[]; activeTabIndex?: number } = JSON.parse(
    tabState ?? '{}',
  );
  const tab = tabs?.[activeTabIndex ?? 0];
  return tab ? (tab.query ?? '') : null;
}

/** Returns the size of a response with its headers. */
async function sizeOf(request: Request): Promise<number> {
  const response = await request.response();
  const { responseBodySize, responseHeadersSize } = await request.sizes();
  // The browser does not report the size of a worker script.
  const declaredSize = Number(await response?.headerValue('content-length'));
  return responseHeadersSize + Math.max(responseBodySize, declaredSize);
}

/** Parses the response editor, which can also show plain messages. */
function parse(text: string): ShownAnswer {
  try {
    return JSON.parse(text);
  } catch {
    return { errors: [{ message: text }] };
  }
}
