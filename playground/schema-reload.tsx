import { useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';
import type { KeyStore } from './keys/keys.js';

/** Reloads the schema when the keys change, since a gateway may only show it to authenticated users. */
export function SchemaReload({ keys }: { readonly keys: KeyStore }) {
  const { introspect } = useGraphiQLActions();
  useEffect(() => keys.subscribe(introspect), [keys, introspect]);
  return null;
}
