// The tests run as compiled by `npm run build`: pure ESM, no transform, the same files that ship.
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/dist/test'],
  transform: {},
  testTimeout: 20_000,
};
