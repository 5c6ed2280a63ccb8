import { describe, expect, it } from '@jest/globals';
import { follow, untilEvents, untilPolls } from './following.js';
import { liveGateway } from './live-gateway.js';

const here = liveGateway();
const { render } = here;

describe('calls for a prompt', () => {
  it('may fail for a while', async () => {
    const id = render();
    const following = await follow(here.gateway, id);
    await untilEvents(following, 1);
    here.sandbox.addFault({ upstream: 'astria', kind: '500' });
    here.sandbox.addFault({ upstream: 'astria', kind: 'drop-before' });
    await untilPolls(here.sandbox, 3);
    here.sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'SUCCEEDED']);
  });

  it('that fail at the first are one error, and the end', async () => {
    here.sandbox.addFault({ upstream: 'astria', kind: '500' });
    const following = await follow(here.gateway, render());
    await following.ended;
    expect(following.words()).toEqual(['UPSTREAM_UNAVAILABLE']);
  });
});
