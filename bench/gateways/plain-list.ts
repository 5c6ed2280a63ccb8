import { startApollo } from './shared/apollo.js';

await startApollo('list');
