import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

/** Lets long lines go on in the next one: what the ready-made tabs explain, and messages, are to be read as a whole. */
export function WrappedLines() {
  const { queryEditor, variableEditor, headerEditor, responseEditor } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'headerEditor', 'responseEditor'),
  );
  useEffect(() => {
    for (const editor of [queryEditor, variableEditor, headerEditor, responseEditor])
      editor?.updateOptions({ wordWrap: 'on', wrappingIndent: 'same' });
  }, [queryEditor, variableEditor, headerEditor, responseEditor]);
  return null;
}
