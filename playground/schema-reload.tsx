import { useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';
import type { KeyStore } from './keys/keys.js';

/** Asks for the schema again when there are other keys: a gateway may tell it only to those whom it knows. */
export function SchemaReload({ keys }: { readonly keys: KeyStore }) {
  const { introspect } = useGraphiQLActions();
  useEffect(() => keys.subscribe(introspect), [keys, introspect]);
  return null;
}
