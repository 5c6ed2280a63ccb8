import { createContext, useContext } from 'react';
import type { Gateway } from './gateway.js';

export const GatewayContext = createContext<Gateway | null>(null);

/** The gateway that serves this page. @throws Error outside of the app. */
export function useGateway(): Gateway {
  const gateway = useContext(GatewayContext);
  if (gateway === null) throw new Error('there is no gateway in this context');
  return gateway;
}
