import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

/** Lets long lines go on in the next one: what the ready-made tabs explain, and messages, are to be read as a whole. */
export function WrappedLines() {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const responseEditor = useGraphiQL((state) => state.responseEditor);
  useEffect(() => {
    for (const editor of [queryEditor, responseEditor])
      editor?.updateOptions({ wordWrap: 'on', wrappingIndent: 'same' });
  }, [queryEditor, responseEditor]);
  return null;
}
