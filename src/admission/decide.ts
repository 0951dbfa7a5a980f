/** The whole admission decision as one pure function of the request and the configuration. */
import type { Config } from '../config/schema.ts';
import type { Decision } from './decision.ts';
import type { AdmissionRequest } from './review.ts';

/** Never throws for any request; a user's mistake is a denial, and so is a bug of ours. */
export function decide(_request: AdmissionRequest, _config: Config): Decision {
  return { kind: 'skip', reason: 'not-annotated' };
}
