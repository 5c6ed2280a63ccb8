import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { EXAMPLES, type Example } from './examples.js';
import './examples-plugin.css';

/** Opens example tabs again after they were closed or changed. */
export function examplesPlugin(): GraphiQLPlugin {
  return { title: 'Examples', icon: ExamplesIcon, content: Examples };
}

function Examples() {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const { addTab, setVisiblePlugin } = useGraphiQLActions();
  function open({ query, variables }: Example) {
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
    // On a narrow screen, this panel covers the editors.
    if (matchMedia('(max-width: 900px)').matches) setVisiblePlugin(null);
  }
  return (
    <section aria-label="Examples">
      <h2 className="pg-examples-title">Examples</h2>
      <ul className="pg-examples">
        {EXAMPLES.map((example) => (
          <li key={example.title}>
            <button type="button" className="pg-button" onClick={() => open(example)}>
              {example.title}
            </button>
            <p>{example.about}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <title>Examples</title>
      <rect x="3" y="5" width="14" height="12" rx="2" />
      <path d="M3 9h14M6 2.5h8M7 12.5h6" />
    </svg>
  );
}
