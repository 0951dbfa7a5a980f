/** Repositories that DVC refuses: what is fetched of each is what `dvc pull` brings. */
import { refused } from '../../support/repositories/shapes/refused.ts';
import { testShapes } from '../../support/repositories/test-shapes.ts';

testShapes(refused);
