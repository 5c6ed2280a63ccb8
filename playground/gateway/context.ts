import { createContext, useContext } from 'react';
import type { Gateway } from './gateway.js';

export const GatewayContext = createContext<Gateway | null>(null);

/** Returns the gateway that serves this page. @throws Error outside the app. */
export function useGateway(): Gateway {
  const gateway = useContext(GatewayContext);
  if (gateway === null) throw new Error('There is no gateway in this context.');
  return gateway;
}
