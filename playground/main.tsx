import 'graphiql/setup-workers/vite';
import '@graphiql/react/style.css';
import 'graphiql/graphiql.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import './app.css';
import './a11y-patches.css';
import { createRoot } from 'react-dom/client';
import { patchMarkup } from './a11y-patches.js';
import { App } from './app.js';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no root element.');
const mode = document.querySelector('meta[name="promptgate-mode"]')?.getAttribute('content');
patchMarkup(document.body);
createRoot(root).render(<App isSandbox={mode === 'sandbox'} />);
