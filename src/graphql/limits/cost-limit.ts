import { type ApolloServerPlugin, type BaseContext, HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { costOf } from './cost.js';
import { limitError } from './limit-error.js';

/** Refuses operations that cost too much: what they cost is known when the operation and its variables are. */
export function costLimit(max: number): ApolloServerPlugin<BaseContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operation, request: { variables = {} } }) {
          const cost = operation ? costOf({ schema, document, operation, variables }) : 0;
          if (cost <= max) return;
          const { message, extensions } = limitError('cost', max, cost);
          const http = { status: 400, headers: new HeaderMap() };
          throw new GraphQLError(message, { extensions: { ...extensions, http } });
        },
      };
    },
  };
}
