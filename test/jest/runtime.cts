import nodeModule = require('node:module');
import url = require('node:url');
import jestRuntime = require('jest-runtime');

nodeModule.register('./globals-hook.js', url.pathToFileURL(__filename));

/** What `expect` compares constructors with: it has a context of its own, while tests have the one of the process. */
const CONSTRUCTORS = {
  Array,
  BigInt,
  Boolean,
  Date,
  Error,
  Function,
  Map,
  Number,
  Object,
  Promise,
  RegExp,
  Set,
  String,
  Symbol,
};

/**
 * Loads modules as Node.js itself does: once per worker, for all the test files that it runs. By itself Jest evaluates
 * every module anew for every test file, and so runs nearly all code as slowly as code is at first.
 */
class NativeRuntime extends jestRuntime.default {
  constructor(...given: ConstructorParameters<typeof jestRuntime.default>) {
    const [, environment] = given;
    Object.assign(environment.global, CONSTRUCTORS);
    super(...given);
  }

  override unstable_shouldLoadAsEsm(): boolean {
    return true;
  }

  override async unstable_importModule(file: string): Promise<unknown> {
    const globals = await import('./globals.js');
    globals.setGlobals(this.requireModuleOrMock(file, '@jest/globals'));
    const loaded = await import(url.pathToFileURL(file).href);
    // A setup file is evaluated once per worker too, so its default export runs for every test file.
    if (typeof loaded.default === 'function') await loaded.default();
    return loaded;
  }
}

export = NativeRuntime;
