import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useRef, useState } from 'react';
import { storageOf } from './browser-storage.js';
import { EXAMPLES, WELCOME } from './examples/examples.js';
import { examplesPlugin } from './examples/examples-plugin.js';
import { FollowTheme } from './follow-theme.js';
import { GatewayContext } from './gateway/context.js';
import { HttpGateway } from './gateway/http-gateway.js';
import { Header } from './header.js';
import { headersOf, KeyStore } from './keys/keys.js';
import { KeysDialog } from './keys/keys-dialog.js';
import { SchemaReload } from './schema-reload.js';
import { Session } from './session/session.js';
import { SidePane } from './side-pane.js';
import { firstTexts, storageWithoutHeaders } from './storage.js';
import { WrappedLines } from './wrapped-lines.js';

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin(), examplesPlugin()];
/** Hides GraphiQL's logo, since the page has its own header. */
const NO_LOGO = '';

interface AppProps {
  /** True if the gateway emulates the APIs. */
  readonly isSandbox: boolean;
}

export function App({ isSandbox }: AppProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState<string | null>(null);
  const openKeys = (why: string | null = null) => {
    setReason(why);
    if (!dialog.current?.open) dialog.current?.showModal();
  };
  const [{ keys, gateway, session, storage, texts, local }] = useState(() => createParts(openKeys));
  return (
    <GatewayContext value={gateway}>
      <Header isSandbox={isSandbox} keys={keys} onOpenKeys={() => openKeys()} />
      <GraphiQL
        fetcher={session.fetcher}
        storage={storage}
        plugins={PLUGINS}
        defaultTabs={[...EXAMPLES]}
        initialQuery={texts.query}
        initialVariables={texts.variables}
        showPersistHeadersSettings={false}
        defaultEditorToolsVisibility="variables"
      >
        <GraphiQL.Logo>{NO_LOGO}</GraphiQL.Logo>
        <SidePane session={session} gateway={gateway} local={local} onOpenKeys={() => openKeys()} />
        <SchemaReload keys={keys} />
        <WrappedLines />
        <FollowTheme />
      </GraphiQL>
      <KeysDialog dialog={dialog} store={keys} isSandbox={isSandbox} reason={reason} />
    </GatewayContext>
  );
}

function createParts(openKeys: (why: string) => void) {
  const local = storageOf(() => localStorage);
  const keys = new KeyStore(
    storageOf(() => sessionStorage),
    local,
  );
  const gateway = new HttpGateway(() => headersOf(keys.current()));
  // A user who has just removed all keys needs no prompt for them.
  let areWithheld = false;
  keys.subscribe(() => {
    areWithheld = Object.values(keys.current()).every((key) => key === '');
    gateway.disconnect();
  });
  const session = new Session(gateway, local, (why) => {
    if (!areWithheld) openKeys(why);
  });
  const storage = storageWithoutHeaders(local, () => keys.forget());
  return { keys, gateway, session, storage, texts: firstTexts(local, WELCOME), local };
}
