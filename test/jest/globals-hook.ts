import type { ResolveHook } from 'node:module';

/** Gives those who import `@jest/globals` this folder's, as the package itself can be imported only where Jest loads. */
export const resolve: ResolveHook = (specifier, context, next) =>
  specifier === '@jest/globals'
    ? { url: new URL('./globals.js', import.meta.url).href, shortCircuit: true }
    : next(specifier, context);
