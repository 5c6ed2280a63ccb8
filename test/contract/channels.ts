// The channels on which the sandbox publishes what it exchanges. They stand by themselves so that a program under test can
// subscribe without loading the contracts.
export const EXCHANGE_CHANNEL = 'promptgate.sandbox.exchange';
export const CALLBACK_CHANNEL = 'promptgate.sandbox.callback';
