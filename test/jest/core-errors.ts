import { types } from 'node:util';

// Jest runs tests in a context with separate globals, while the core modules of Node.js throw the `Error` of the process. It
// must be an `Error` to the code under test as well.
const hasInstance = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    if (this === Error && types.isNativeError(value)) return true;
    return hasInstance.call(this, value);
  },
});
