/** A tree that is known to be whole: it was written just now, or read and found right. */
import type { SampledFile } from '../volume/state.ts';
import type { TreeProvenance } from './provenance.ts';

/** What the leader says of it: in the summary, and in the state that later starts look at. */
export interface WholeTree {
  provenance: TreeProvenance;
  sample: SampledFile[];
}
