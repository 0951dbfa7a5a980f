/** The machine's network: loopback and a bridge for pods. Nothing leads out of it. */
import { writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { serviceRange } from '../cluster/flags.ts';
import { bridge } from './layout.ts';

/** Must run in the machine's own network namespace, once. */
export async function setUpNetwork(): Promise<void> {
  const ip = (...args: string[]) => execa('ip', args);
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'add', bridge.name, 'type', 'bridge');
  await ip('address', 'add', `${bridge.address}/24`, 'dev', bridge.name);
  await ip('link', 'set', bridge.name, 'up');
  // kube-proxy redirects what is sent to a Service, but without a route nothing is sent.
  await ip('route', 'add', serviceRange.cidr, 'dev', bridge.name);
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1'); // of this network namespace only
}
