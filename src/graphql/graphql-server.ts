import type { ApolloServer } from '@apollo/server';
import type { RequestContext } from './context.js';
import type { Documents } from './documents.js';

/** What executes operations. */
export interface GraphQLServer {
  readonly apollo: ApolloServer<RequestContext>;
  /** To be asked before anything is given to Apollo Server. */
  readonly documents: Documents;
  /** Whether clients may see the schema. */
  readonly showsSchema: boolean;
}
